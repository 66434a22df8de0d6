import { useEffect, useState } from 'react'

import { openDocument } from '../sync/document-session.ts'
import type { DocumentStatus, OpenDocument } from '../sync/open-document.ts'
import type { EditorProps } from './editor.ts'
import type { SaveState } from '../app/save-state.ts'

/** The document of a tab, open while the tab is; its state is reported to the shell. */
export function useDocument(props: EditorProps): OpenDocument | undefined {
  const { project, account, path, presence, saveStates, onPath } = props
  const [document, setDocument] = useState<OpenDocument>()
  useEffect(() => {
    const opened = openDocument({ project, accountId: account.accountId, path, presence, onPath })
    const report = (): void => saveStates.report(path, saveStateOf(opened.status.get()))
    const stops = [opened.status.subscribe(report), saveStates.addKeeper(opened.keep)]
    report()
    setDocument(opened)
    return () => {
      for (const stop of stops) stop()
      if (opened.status.get().pending === 0) saveStates.remove(path)
      opened.close()
    }
    // oxlint-disable-next-line react/exhaustive-deps -- a rename keeps the document: its path is the shell's affair from then on
  }, [project, account.accountId, presence, saveStates])
  return document
}

/** What the shell's button says of a document. */
export function saveStateOf(status: DocumentStatus): SaveState {
  const { kind, pending, disk, readOnly, sinceMs, unkept, keeping, durability } = status
  const base = {
    changes: pending,
    sinceMs,
    ...(unkept ? { unkept } : {}),
    ...(keeping ? { keeping } : {}),
    ...(durability ? { durability } : {}),
  }
  if (kind === 'away') return { ...base, state: 'offline' }
  if (kind === 'refused')
    return {
      ...base,
      // Nothing of a document that can't be opened waits to be saved.
      state: pending > 0 ? 'failed' : 'read_only',
      ...(status.message === undefined ? {} : { message: status.message }),
    }
  if (disk?.state === 'failed' || disk?.state === 'conflict' || disk?.state === 'deleted')
    return {
      ...base,
      state: 'failed',
      ...(disk.message === undefined ? {} : { message: disk.message }),
    }
  if (kind === 'opening' && pending === 0) return { ...base, state: 'opening' }
  if (pending > 0 || disk?.state === 'saving' || disk?.state === 'unsaved')
    return { ...base, state: 'saving' }
  if (readOnly !== undefined) return { ...base, state: 'read_only', message: readOnly }
  return { ...base, state: 'saved' }
}
