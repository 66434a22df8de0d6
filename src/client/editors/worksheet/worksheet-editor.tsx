import 'katex/dist/katex.min.css'
import '../code/code.css'
import './worksheet.css'
import './outputs/outputs.css'

import { useEffect, useState } from 'react'

import type { OpenDocument } from '../../sync/open-document.ts'
import { useObservable } from '../../ui/use-observable.ts'
import { DocumentMessages, openingText } from '../document-messages.tsx'
import type { EditorProps } from '../editor.ts'
import { useDocument } from '../use-document.ts'
import { WorksheetActions } from './actions.ts'
import { WorksheetView } from './worksheet-view.tsx'

/** A worksheet: one continuous page of cells. */
export function Editor(props: EditorProps) {
  const document = useDocument(props)
  if (!document) return null
  return <OpenWorksheet {...props} document={document} />
}

function OpenWorksheet(props: EditorProps & { readonly document: OpenDocument }) {
  const { document, project, path } = props
  const status = useObservable(document.status)
  const [actions, setActions] = useState<WorksheetActions>()
  useEffect(() => {
    const made = new WorksheetActions(document, project)
    setActions(made)
    return () => made.close()
  }, [document, project])
  return (
    <div className="worksheet">
      {status.kind === 'opening' && (
        <p className="doc-wait" role="status">
          {openingText(path, status)}
        </p>
      )}
      {status.kind === 'refused' && (
        <DocumentMessages document={document} onRaw={() => props.openRaw(props.path)} />
      )}
      {actions && (status.kind === 'open' || status.kind === 'away') && (
        <WorksheetView {...props} actions={actions} readOnlyReason={status.readOnly} />
      )}
    </div>
  )
}
