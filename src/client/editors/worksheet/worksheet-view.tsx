import { EditorView } from '@codemirror/view'
import { useEffect, useMemo, useRef } from 'react'
import { createPortal } from 'react-dom'

import { useObservable } from '../../ui/use-observable.ts'
import { DocumentMessages } from '../document-messages.tsx'
import type { EditorProps } from '../editor.ts'
import type { WorksheetActions } from './actions.ts'
import { Cell, InsertLine } from './cell.tsx'
import { CELLS, inputPart } from './cells.ts'
import { Toolbar } from './toolbar.tsx'
import { useOutputContext } from './use-output-context.ts'

const HINT = 'Type code, or %md and text. Shift-Enter runs the cell.'

/** Toolbar, messages and the cells. */
export function WorksheetView(
  props: EditorProps & {
    readonly actions: WorksheetActions
    readonly readOnlyReason: string | undefined
  },
) {
  const { actions, settings, onSettings, active, readOnlyReason } = props
  const order = useObservable(actions.document.list(CELLS))
  const { toolbar = true, fontSizePx } = useObservable(settings)
  const output = useOutputContext(props)
  const page = useRef<HTMLDivElement>(null)
  useGoTo(props)
  useFirstFocus(actions, active, readOnlyReason === undefined)
  const style = useMemo(
    () => (fontSizePx === undefined ? undefined : { ['--code-size' as string]: `${fontSizePx}px` }),
    [fontSizePx],
  )
  const readOnly = readOnlyReason !== undefined
  return (
    <>
      {toolbar ? (
        <Toolbar
          actions={actions}
          readOnly={readOnly}
          onHide={() => onSettings({ toolbar: false })}
        />
      ) : (
        <button
          type="button"
          className="ws-link ws-show-toolbar"
          onClick={() => onSettings({ toolbar: true })}
        >
          Show the toolbar
        </button>
      )}
      <DocumentMessages document={actions.document} onRaw={() => props.openRaw(props.path)} />
      <div className="ws-page" ref={page} style={style}>
        <InsertLine onInsert={() => actions.insertAfter('')} disabled={readOnly} />
        {order.length === 0 && !readOnly && (
          <p className="ws-empty">
            This worksheet has no cells.{' '}
            <button type="button" className="ws-link" onClick={() => actions.insertAfter('')}>
              Insert the first
            </button>
          </p>
        )}
        {order.map((cell, index) => (
          <Cell
            key={cell}
            actions={actions}
            cell={cell}
            number={index + 1}
            settings={settings}
            readOnlyReason={readOnlyReason}
            hint={order.length === 1 ? HINT : undefined}
            output={output}
          />
        ))}
      </div>
      <NoticeLine actions={actions} active={active} />
    </>
  )
}

/** Among the notes of the whole page: one place to look, and nothing lies over something else. */
function NoticeLine(props: { readonly actions: WorksheetActions; readonly active: boolean }) {
  const { notice } = props.actions
  const shown = useObservable(notice)
  const place = document.querySelector('.toasts')
  if (!shown || !props.active || !place) return null
  return createPortal(
    <div className="toast">
      <span>{shown.text}</span>
      {shown.action && (
        <button className="button button-quiet" onClick={shown.action.run}>
          {shown.action.label}
        </button>
      )}
      <button className="icon-button" aria-label="Dismiss" onClick={() => notice.set(undefined)}>
        <span aria-hidden="true">✕</span>
      </button>
    </div>,
    place,
  )
}

/** Goes to where a person is, when that is asked for. */
function useGoTo(props: EditorProps & { readonly actions: WorksheetActions }): void {
  const { actions, goTo } = props
  const wanted = useObservable(goTo)
  useEffect(() => {
    const cursor = actions.document.cursors.get().find(({ client }) => client === wanted?.client)
    const cell = actions.order.find((candidate) => inputPart(candidate) === cursor?.part)
    if (!wanted || !cursor || cell === undefined) return
    document.querySelector(`[data-cell="${CSS.escape(cell)}"]`)?.scrollIntoView({ block: 'center' })
    const view = actions.views.get(cell)
    view?.dispatch({
      effects: EditorView.scrollIntoView(Math.min(cursor.head, view.state.doc.length)),
    })
  }, [wanted, actions])
}

/** A worksheet that is shown takes the cursor where it was, at first into its last cell when that is empty. */
function useFirstFocus(actions: WorksheetActions, active: boolean, editable: boolean): void {
  useEffect(() => {
    if (!active || !editable) return
    const { order } = actions
    const cell = actions.activeCell.get() ?? (order.length === 1 ? order[0] : undefined)
    if (cell !== undefined) actions.askFocus({ cell, at: 'keep' })
  }, [actions, active, editable])
}
