import 'katex/dist/katex.min.css'
import '../code/code.css'
import './worksheet.css'
import './outputs/outputs.css'

import { useEffect, useState } from 'react'

import type { OpenDocument } from '../../sync/open-document.ts'
import { useSelected } from '../../ui/use-observable.ts'
import { DocumentMessages, OpeningLine } from '../document-messages.tsx'
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
  const kind = useSelected(document.status, (status) => status.kind)
  const readOnly = useSelected(document.status, (status) => status.readOnly)
  const [actions, setActions] = useState<WorksheetActions>()
  useEffect(() => {
    const made = new WorksheetActions(document, project)
    setActions(made)
    return () => made.close()
  }, [document, project])
  return (
    <div className="worksheet">
      {kind === 'opening' && <OpeningLine document={document} path={path} />}
      {kind === 'refused' && (
        <DocumentMessages document={document} onRaw={() => props.openRaw(props.path)} />
      )}
      {actions && (kind === 'open' || kind === 'away') && (
        <WorksheetView {...props} actions={actions} readOnlyReason={readOnly} />
      )}
    </div>
  )
}
