import { completionStatus, startCompletion, acceptCompletion } from '@codemirror/autocomplete'
import type { CompletionContext, CompletionResult } from '@codemirror/autocomplete'
import { indentMore, insertNewlineAndIndent, toggleComment } from '@codemirror/commands'
import { Prec } from '@codemirror/state'
import type { Extension } from '@codemirror/state'
import { keymap } from '@codemirror/view'
import type { EditorView } from '@codemirror/view'

import type { CellId } from '../../../sync/change.ts'
import type { WorksheetActions } from './actions.ts'

/** The keys of a cell. `enterRuns` is asked at each key, so that the setting counts at once. */
export function cellKeys(
  actions: WorksheetActions,
  cell: CellId,
  enterRuns: () => boolean,
): Extension {
  const does = (action: () => void) => (): true => {
    action()
    return true
  }
  const runNext = does(() => actions.runAndNext(cell))
  return Prec.high(
    keymap.of([
      {
        key: 'Shift-Enter',
        run: (view) => (enterRuns() ? insertNewlineAndIndent(view) : runNext()),
      },
      {
        key: 'Enter',
        run: (view) => enterRuns() && completionStatus(view.state) === null && runNext(),
      },
      { key: 'Alt-Enter', run: does(() => actions.run([cell])) },
      { key: 'Ctrl-Enter', run: does(() => actions.splitAndRun(cell)) },
      { key: 'Ctrl-;', run: does(() => actions.split(cell)), preventDefault: true },
      { key: 'Tab', run: (view) => acceptCompletion(view) || completeOrIndent(view) },
      { key: 'Shift-Tab', run: (view) => does(() => actions.inspect(cell, head(view)))() },
      {
        key: 'Ctrl-\\',
        run: does(() => actions.toggleInput(cell)),
        shift: does(() => actions.toggleOutput(cell)),
        preventDefault: true,
      },
      { key: 'Ctrl-|', run: does(() => actions.toggleOutput(cell)), preventDefault: true },
      { key: 'Ctrl-Shift-c', run: does(() => actions.interrupt()), preventDefault: true },
      { key: 'Mod-s', run: does(() => actions.save()), preventDefault: true },
      { key: 'Ctrl-/', run: toggleComment, preventDefault: true },
      { key: 'ArrowUp', run: (view) => atEdge(view, -1) && actions.step(cell, -1) },
      { key: 'ArrowDown', run: (view) => atEdge(view, 1) && actions.step(cell, 1) },
      { key: 'Backspace', run: (view) => removeEmpty(view, actions, cell) },
      { key: 'Escape', run: () => closeHelp(actions) },
    ]),
  )
}

/** What the session offers at the cursor; asked for by Tab only. */
export function cellCompletions(actions: WorksheetActions, cell: CellId) {
  return async (context: CompletionContext): Promise<CompletionResult | null> => {
    if (!context.explicit) return null
    const answer = await actions.complete(cell, context.pos)
    if (!answer || context.aborted || answer.completions.length === 0) return null
    return {
      from: answer.from,
      to: answer.to,
      validFor: /^\w*$/,
      options: answer.completions.map(({ label, type, detail }) => ({
        label,
        ...(type === undefined ? {} : { type }),
        ...(detail === undefined ? {} : { detail }),
      })),
    }
  }
}

/** Behind a name or a dot Tab completes, behind a question mark it shows help, elsewhere it indents. */
export function completeOrIndent(view: EditorView): boolean {
  const { main } = view.state.selection
  const before = view.state.sliceDoc(Math.max(0, main.head - 1), main.head)
  if (!main.empty || !/[\w.%]/.test(before)) return indentOrInsert(view)
  return startCompletion(view)
}

function indentOrInsert(view: EditorView): boolean {
  if (!view.state.selection.main.empty) return indentMore(view)
  view.dispatch(view.state.replaceSelection('    '), { userEvent: 'input' })
  return true
}

function atEdge(view: EditorView, by: -1 | 1): boolean {
  if (completionStatus(view.state) !== null) return false
  const { main } = view.state.selection
  if (!main.empty) return false
  // In the first or last line as it is drawn: a long line wraps into several.
  const moved = view.moveVertically(main, by === 1)
  return (
    moved.head === main.head ||
    (by === 1
      ? moved.head === view.state.doc.length && sameLine(view, moved.head, main.head)
      : moved.head === 0 && sameLine(view, 0, main.head))
  )
}

function sameLine(view: EditorView, a: number, b: number): boolean {
  return view.state.doc.lineAt(a).number === view.state.doc.lineAt(b).number
}

function removeEmpty(view: EditorView, actions: WorksheetActions, cell: CellId): boolean {
  if (view.state.doc.length > 0 || actions.order.length < 2) return false
  actions.remove(cell)
  return true
}

function closeHelp(actions: WorksheetActions): boolean {
  if (!actions.help.get()) return false
  actions.help.set(undefined)
  return true
}

function head(view: EditorView): number {
  return view.state.selection.main.head
}
