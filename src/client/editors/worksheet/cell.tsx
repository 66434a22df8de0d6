import { memo, useMemo } from 'react'

import type { EditorSettings } from '../../../messages/account.ts'
import type { CellId } from '../../../sync/change.ts'
import type { Observable } from '../../app/observable.ts'
import { useObservable } from '../../ui/use-observable.ts'
import type { WorksheetActions } from './actions.ts'
import { CellInput } from './cell-input.tsx'
import { CellMenu } from './cell-menu.tsx'
import { CellStatus } from './cell-status.tsx'
import { hideInputPart, hideOutputPart, inputPart, outputPart, runPart } from './cells.ts'
import { CodeHelpBox } from './code-help-box.tsx'
import { OutputArea } from './outputs/output-area.tsx'
import type { OutputContext } from './outputs/output-piece.tsx'
import { readRunState, runStateInWords } from './run-state.ts'
import { useEditedSince } from './use-edited-since.ts'

/** One cell: its state, its input, what it put out, and the line below where a cell can be inserted. */
export const Cell = memo(function Cell(props: {
  readonly actions: WorksheetActions
  readonly cell: CellId
  readonly number: number
  readonly settings: Observable<EditorSettings>
  readonly readOnlyReason: string | undefined
  readonly hint: string | undefined
  readonly output: Omit<OutputContext, 'answer'>
}) {
  const { actions, cell, number, readOnlyReason, output } = props
  const { document } = actions
  const runField = useObservable(document.field(runPart(cell)))
  const state = useMemo(() => readRunState(runField), [runField])
  const edited = useEditedSince(document.text(inputPart(cell)), state)
  const inputHidden = useObservable(document.field(hideInputPart(cell))) === true
  const outputHidden = useObservable(document.field(hideOutputPart(cell))) === true
  const messages = useObservable(document.stream(outputPart(cell)))
  const context = useMemo(
    () => ({
      ...output,
      answer:
        readOnlyReason === undefined ? (value: string) => actions.answer(cell, value) : undefined,
    }),
    [actions, cell, output, readOnlyReason],
  )
  const { word } = runStateInWords({ ...state, startedMs: undefined }, edited, 0)
  return (
    <>
      <section className="ws-cell" aria-label={`Cell ${number}, ${word}`} data-cell={cell}>
        <div className="ws-gutter">
          <CellStatus state={state} edited={edited} />
          <CellMenu
            actions={actions}
            cell={cell}
            number={number}
            inputHidden={inputHidden}
            outputHidden={outputHidden}
          />
        </div>
        <div className="ws-body">
          {inputHidden ? (
            <HiddenLine what="Input" onShow={() => actions.toggleInput(cell)} />
          ) : (
            <CellInput
              actions={actions}
              cell={cell}
              label={`Input of cell ${number}`}
              settings={props.settings}
              readOnlyReason={readOnlyReason}
              hint={props.hint}
            />
          )}
          <CodeHelpBox actions={actions} cell={cell} />
          {outputHidden && messages.length > 0 ? (
            <HiddenLine what="Output" onShow={() => actions.toggleOutput(cell)} />
          ) : (
            <OutputArea
              messages={outputHidden ? [] : messages}
              label={`Output of cell ${number}`}
              context={context}
            />
          )}
          {state.kind === 'failed' && state.message && (
            <p className="ws-failure" role="alert">
              {state.message}
            </p>
          )}
        </div>
      </section>
      <InsertLine
        onInsert={() => actions.insertAfter(cell)}
        disabled={readOnlyReason !== undefined}
      />
    </>
  )
})

/** A thin line that becomes a button on hover and focus. */
export function InsertLine(props: { readonly onInsert: () => void; readonly disabled: boolean }) {
  return (
    <div className="ws-insert">
      <button type="button" disabled={props.disabled} onClick={props.onInsert}>
        Insert cell
      </button>
    </div>
  )
}

function HiddenLine(props: { readonly what: 'Input' | 'Output'; readonly onShow: () => void }) {
  return (
    <button type="button" className="ws-hidden-line" onClick={props.onShow}>
      {props.what} hidden. Show it
    </button>
  )
}
