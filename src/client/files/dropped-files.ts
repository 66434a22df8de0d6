import type { ChosenFile } from './uploads.ts'

/** A dropped folder with more files than this is refused: it is probably not what was meant. */
export const DROPPED_FILES_MAX = 10_000

/** The files of a drop, those inside dropped folders with their path. Empty folders are not seen by it. */
export async function droppedFiles(transfer: DataTransfer): Promise<readonly ChosenFile[]> {
  // The entries have to be taken before the first await: afterwards the transfer is empty.
  const entries = [...transfer.items].flatMap((item) => item.webkitGetAsEntry() ?? [])
  const files: ChosenFile[] = []
  for (const entry of entries) await collect(entry, '', files)
  return files
}

async function collect(entry: FileSystemEntry, folder: string, files: ChosenFile[]): Promise<void> {
  if (files.length >= DROPPED_FILES_MAX)
    throw new Error(`More than ${DROPPED_FILES_MAX} files were dropped: make an archive of them.`)
  const path = folder === '' ? entry.name : `${folder}/${entry.name}`
  if (entry instanceof FileSystemFileEntry) files.push({ path, file: await fileOf(entry) })
  else if (entry instanceof FileSystemDirectoryEntry)
    for (const child of await childrenOf(entry)) await collect(child, path, files)
}

function fileOf(entry: FileSystemFileEntry): Promise<File> {
  return new Promise((resolve, reject) => entry.file(resolve, reject))
}

/** A reader gives its entries in batches, and an empty one at the end. */
async function childrenOf(folder: FileSystemDirectoryEntry): Promise<FileSystemEntry[]> {
  const reader = folder.createReader()
  const all: FileSystemEntry[] = []
  for (;;) {
    const batch = await new Promise<FileSystemEntry[]>((resolve, reject) =>
      reader.readEntries(resolve, reject),
    )
    if (batch.length === 0) return all
    all.push(...batch)
  }
}
