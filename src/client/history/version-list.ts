import { useEffect, useState } from 'react'

import type { DocumentVersions } from '../../messages/document-history.ts'
import { HISTORY_GROUPS_MAX } from '../../messages/limits.ts'
import { errorText } from '../app/error-text.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'

export interface VersionList {
  /** The newest first; undefined until some have come. */
  readonly versions: readonly DocumentVersions[] | undefined
  readonly more: (() => void) | undefined
  readonly remarks: readonly string[]
  readonly error: string | undefined
}

/** The versions of a document, page by page. */
export function useVersionList(project: ProjectConnection, path: string): VersionList {
  const [versions, setVersions] = useState<readonly DocumentVersions[]>()
  const [hasMore, setHasMore] = useState(false)
  const [remarks, setRemarks] = useState<readonly string[]>([])
  const [error, setError] = useState<string>()
  const [before, setBefore] = useState<number>()
  useEffect(() => {
    let current = true
    const ask = { path, limit: HISTORY_GROUPS_MAX, ...(before === undefined ? {} : { before }) }
    project.request('list_document_versions', ask).then(
      (answer) => {
        if (!current) return
        setVersions((known = []) =>
          before === undefined ? answer.versions : [...known, ...answer.versions],
        )
        setHasMore(answer.more)
        setRemarks(answer.remarks)
      },
      (reason: unknown) => current && setError(errorText(reason)),
    )
    return () => {
      current = false
    }
  }, [project, path, before])
  const oldest = versions?.at(-1)?.from
  return {
    versions,
    more: hasMore ? () => setBefore(oldest) : undefined,
    remarks,
    error,
  }
}

/** What a group did, in words: `Ada +120 −3, Emmy +5`. */
export function authorsText(authors: DocumentVersions['authors']): string {
  return authors
    .map(({ name, inserted, deleted }) =>
      [name, inserted > 0 ? `+${inserted}` : '', deleted > 0 ? `−${deleted}` : '']
        .filter((word) => word !== '')
        .join(' '),
    )
    .join(', ')
}
