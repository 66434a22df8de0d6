import { useEffect, useMemo, useRef } from 'react'

import { useServices } from '../../app/services.ts'
import { useObservable } from '../../ui/use-observable.ts'
import type { EditorProps } from '../editor.ts'
import type { OutputContext } from './outputs/output-piece.tsx'

/** What outputs need of the page: where pictures are, and how files of the project open. */
export function useOutputContext(props: EditorProps): Omit<OutputContext, 'answer'> {
  const { project, openRaw, path } = props
  const contentOrigin = useObservable(useServices().session.who)?.site.contentOrigin
  const openAt = useRef({ openRaw, path })
  useEffect(() => {
    openAt.current = { openRaw, path }
  }, [openRaw, path])
  return useMemo(
    () => ({
      blobUrl: (sha256) => `blobs/${sha256}?project=${project.projectId}`,
      contentOrigin,
      openRaw: (file) => openAt.current.openRaw(fileBeside(openAt.current.path, file)),
    }),
    [project.projectId, contentOrigin],
  )
}

/** A path in an output is seen from the folder of its worksheet; the kept rest of a long output is the project's. */
function fileBeside(path: string, file: string): string {
  if (file.startsWith('.salvus/')) return file
  const names = path.split('/').slice(0, -1)
  for (const name of file.split('/')) {
    if (name === '..') names.pop()
    else if (name !== '.' && name !== '') names.push(name)
  }
  return names.join('/')
}
