import { lazy, Suspense, useState } from 'react'
import type { ReactNode } from 'react'

import { editorKindOf } from '../editors/registry.ts'
import type { OpenProject } from '../projects/open-project.ts'

/** Loaded when somebody looks back for the first time. */
const HistoryDialog = lazy(async () => ({
  default: (await import('./history-dialog.tsx')).HistoryDialog,
}))

/** Opens the history of the document that is shown. Terminals have none. */
export function HistoryButton(props: {
  readonly open: OpenProject
  readonly path: string | undefined
}): ReactNode {
  const { open, path } = props
  const [isOpen, setIsOpen] = useState(false)
  if (path === undefined || editorKindOf(path).name === 'terminal') return null
  return (
    <>
      <button
        className="icon-button"
        aria-label="History"
        title="History of this document"
        onClick={() => setIsOpen(true)}
      >
        <span aria-hidden="true">⟲</span>
      </button>
      {isOpen && (
        <Suspense fallback={null}>
          <HistoryDialog
            key={path}
            project={open.connection}
            path={path}
            onClose={() => setIsOpen(false)}
          />
        </Suspense>
      )}
    </>
  )
}
