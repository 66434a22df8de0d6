import '../code/code.css'
import './text-editor.css'

import { useObservable, useSelected } from '../../ui/use-observable.ts'
import { DocumentMessages, OpeningLine } from '../document-messages.tsx'
import type { EditorProps } from '../editor.ts'
import { useDocument } from '../use-document.ts'
import { TextView } from './text-view.tsx'
import type { OpenDocument } from '../../sync/open-document.ts'

/** A file of any kind as text. */
export function Editor(props: EditorProps) {
  const document = useDocument(props)
  if (!document) return null
  return <OpenText {...props} document={document} />
}

function OpenText(props: EditorProps & { readonly document: OpenDocument }) {
  const { document, path } = props
  const kind = useSelected(document.status, (status) => status.kind)
  const { fontSizePx } = useObservable(props.settings)
  return (
    <div
      className="text-editor"
      style={
        fontSizePx === undefined ? undefined : { ['--code-size' as string]: `${fontSizePx}px` }
      }
    >
      <DocumentMessages document={document} onRaw={() => props.openRaw(props.path)} />
      {kind === 'opening' && <OpeningLine document={document} path={path} />}
      {(kind === 'open' || kind === 'away') && <TextView {...props} />}
    </div>
  )
}
