import { dirname } from 'node:path'

import { cellPart, type CellPart } from '../../documents/worksheet-cell.ts'
import type { CellFlag } from '../../messages/worksheet-output.ts'
import type { WorksheetDocument } from '../worksheets/worksheet-document.ts'
import type { OpenDocument } from './open-document.ts'
import type { WorkerPool } from './worker-pool.ts'

const FLAG_PARTS: Readonly<Record<CellFlag, CellPart>> = {
  input_hidden: 'hideInput',
  output_hidden: 'hideOutput',
  auto: 'auto',
}

/** An open worksheet as what runs its cells sees it. */
export function worksheetDocument(worker: WorkerPool, document: OpenDocument): WorksheetDocument {
  const { path } = document.place
  const folder = dirname(path)
  return {
    session: path,
    folder: folder === '.' ? '' : folder,
    async readCell(cell) {
      return (await worker.request('read_cell', document.number, { cell })) ?? undefined
    },
    readRuns: () => worker.request('read_runs', document.number, {}),
    flagPart: (cell, flag) => cellPart(cell, FLAG_PARTS[flag]),
    async commit(change) {
      await worker.request('commit', document.number, { change })
    },
  }
}
