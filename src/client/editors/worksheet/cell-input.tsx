import { autocompletion, closeCompletion } from '@codemirror/autocomplete'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, placeholder } from '@codemirror/view'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'

import type { EditorSettings } from '../../../messages/account.ts'
import type { CellId } from '../../../sync/change.ts'
import type { Observable } from '../../app/observable.ts'
import { remoteCursors } from '../../sync/remote-cursors.ts'
import { syncedText } from '../../sync/synced-text.ts'
import { useObservable } from '../../ui/use-observable.ts'
import { baseExtensions, indentation, readOnly } from '../code/base-extensions.ts'
import type { FocusRequest, WorksheetActions } from './actions.ts'
import { cellCompletions, cellKeys } from './cell-keys.ts'
import { cellLanguage, staticLanguage } from './cell-language.ts'
import { cellMode } from './cell-mode.ts'
import { inputPart } from './cells.ts'
import { StaticCode } from './outputs/static-code.tsx'

/** An editor is made when its cell comes this near to what is seen, in CSS pixels. */
const MOUNT_MARGIN = '800px 0px'

interface CellInputProps {
  readonly actions: WorksheetActions
  readonly cell: CellId
  readonly label: string
  readonly settings: Observable<EditorSettings>
  readonly readOnlyReason: string | undefined
  readonly hint: string | undefined
}

/** The input of a cell: its text, coloured, until it is near enough to be typed in; then an editor. */
export function CellInput(props: CellInputProps) {
  const { actions, cell } = props
  const [mounted, setMounted] = useState(() => actions.focusRequest.get()?.cell === cell)
  const box = useRef<HTMLDivElement>(null)
  useEffect(() => {
    const element = box.current
    if (mounted || !element) return undefined
    const observer = new IntersectionObserver(
      (entries) => entries.some((entry) => entry.isIntersecting) && setMounted(true),
      // The margin is one of the box that scrolls: beyond what the box clips, the window's would not count.
      { root: element.closest('.ws-page'), rootMargin: MOUNT_MARGIN },
    )
    observer.observe(element)
    const wanted = (): void => {
      if (actions.focusRequest.get()?.cell === cell) setMounted(true)
    }
    wanted()
    const stop = actions.focusRequest.subscribe(wanted)
    return () => {
      observer.disconnect()
      stop()
    }
  }, [mounted, actions, cell])
  if (mounted) return <LiveInput {...props} />
  return (
    <div ref={box} className="ws-input">
      <StaticInput {...props} />
    </div>
  )
}

function StaticInput({ actions, cell }: CellInputProps) {
  const text = useObservable(actions.document.text(inputPart(cell))).toString()
  return (
    <pre className="ws-static">
      <StaticCode text={text} language={staticLanguage(cellMode(text))} />
    </pre>
  )
}

function LiveInput(props: CellInputProps) {
  const { actions, cell, label, settings, readOnlyReason, hint } = props
  const box = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const [access] = useState(() => new Compartment())
  const [naming] = useState(() => new Compartment())
  const [indent] = useState(() => new Compartment())
  const { indentSpaces } = useObservable(settings)

  useLayoutEffect(() => {
    const parent = box.current
    if (!parent) return undefined
    const part = inputPart(cell)
    const made = new EditorView({
      parent,
      state: EditorState.create({
        doc: actions.document.text(part).get(),
        extensions: [
          cellKeys(actions, cell, () => settings.get().enterRuns === true),
          baseExtensions(),
          EditorView.lineWrapping,
          autocompletion({ override: [cellCompletions(actions, cell)], activateOnTyping: false }),
          cellLanguage(actions.document.text(part).get().sliceString(0, 500)),
          access.of(readOnly(readOnlyReason)),
          indent.of(indentation(indentSpaces)),
          naming.of(named(label, hint)),
          syncedText(actions.document, part),
          remoteCursors(actions.document, part),
          EditorView.domEventHandlers({
            focus: () => {
              actions.activeCell.set(cell)
              return false
            },
            blur: (_event, blurred) => {
              closeCompletion(blurred)
              return false
            },
          }),
        ],
      }),
    })
    view.current = made
    actions.views.set(cell, made)
    const focus = (): void => takeFocus(made, actions, cell)
    focus()
    const stop = actions.focusRequest.subscribe(focus)
    return () => {
      stop()
      actions.views.delete(cell)
      made.destroy()
    }
    // oxlint-disable-next-line react/exhaustive-deps -- what changes later is given through the compartments below
  }, [actions, cell])

  useEffect(() => {
    view.current?.dispatch({
      effects: [
        access.reconfigure(readOnly(readOnlyReason)),
        indent.reconfigure(indentation(indentSpaces)),
        naming.reconfigure(named(label, hint)),
      ],
    })
  }, [readOnlyReason, indentSpaces, label, hint, access, indent, naming])

  return <div ref={box} className="ws-input" />
}

function named(label: string, hint: string | undefined) {
  return [
    EditorView.contentAttributes.of({ 'aria-label': label }),
    hint === undefined ? [] : placeholder(hint),
  ]
}

/** Takes a request for the focus once. */
function takeFocus(view: EditorView, actions: WorksheetActions, cell: CellId): void {
  const request = actions.focusRequest.get()
  if (request?.cell !== cell) return
  actions.focusRequest.set(undefined)
  view.dispatch({ selection: { anchor: positionOf(request, view) }, scrollIntoView: true })
  view.focus()
}

function positionOf(request: FocusRequest, view: EditorView): number {
  if (request.at === 'start') return 0
  if (request.at === 'end') return view.state.doc.length
  if (request.at === 'keep') return view.state.selection.main.head
  return Math.min(request.at, view.state.doc.length)
}
