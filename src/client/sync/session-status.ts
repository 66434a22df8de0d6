import type { DocumentDisk } from '../../messages/documents.ts'
import type { Client } from '../../sync/client.ts'
import { isSaved, pendingCount } from '../../sync/client.ts'
import { Value } from '../app/observable.ts'
import type { ProjectConnection } from '../connection/project-connection.ts'
import type { DocumentStatus } from './open-document.ts'
import { readOnlyReason } from './read-only-reason.ts'

/** What a session says of itself. `pending` and `readOnly` are found anew each time something is told. */
export class SessionStatus {
  readonly value: Value<DocumentStatus>
  readonly #project: ProjectConnection
  readonly #client: () => Client
  #unkept = false
  #keeping = false
  /** Strokes of typing and other changes since everything was acknowledged: what a person would call changes. */
  #changes = 0

  constructor(project: ProjectConnection, client: () => Client, sinceMs: number) {
    this.#project = project
    this.#client = client
    this.value = new Value<DocumentStatus>({ kind: 'opening', sinceMs, pending: 0, remarks: [] })
  }

  get kind(): DocumentStatus['kind'] {
    return this.value.get().kind
  }

  tell(change: Partial<DocumentStatus>): void {
    const {
      readOnly: _r,
      unkept: _u,
      keeping: _k,
      progress,
      disk: told,
      ...status
    } = { ...this.value.get(), ...change }
    const disk = told && this.#diskNow(told)
    const readOnly = readOnlyReason(this.#project, disk)
    this.value.set({
      ...status,
      ...(disk === undefined ? {} : { disk }),
      pending: this.#pending(),
      ...(readOnly === undefined ? {} : { readOnly }),
      ...(progress !== undefined && status.kind === 'opening' ? { progress } : {}),
      ...(this.#unkept ? { unkept: true } : {}),
      ...(this.#keeping ? { keeping: true } : {}),
    })
  }

  /** Something to be read once. */
  remark(remark: string): void {
    const { remarks } = this.value.get()
    if (!remarks.includes(remark)) this.tell({ remarks: [...remarks, remark] })
  }

  /** This person changed something. `joins` what they changed just before. */
  changed(joins: boolean): void {
    if (!joins) this.#changes++
    this.counted()
  }

  /** What is pending, or is on the disk, may be more or less than before. */
  counted(): void {
    const { pending, disk } = this.value.get()
    const isOther = disk !== undefined && this.#diskNow(disk) !== disk
    if (isOther || this.#pending() !== pending) this.tell({})
  }

  /** So much of a document that is being opened is there. */
  progress(joining: { readonly received: number; readonly total: number }): void {
    if (this.kind === 'opening') this.tell({ progress: joining.received / joining.total })
  }

  /** Whether this browser keeps nothing. */
  unkept(unkept: boolean): void {
    if (unkept === this.#unkept) return
    this.#unkept = unkept
    this.tell({})
  }

  /** Whether what was typed last is still to be kept. */
  keeping(keeping: boolean): void {
    if (keeping === this.#keeping) return
    this.#keeping = keeping
    this.tell({})
  }

  /** Changes that came from a tab that is closed. */
  adopted(changes: number): void {
    this.#changes = changes
  }

  /** Whether all is on the disk is told by versions only. */
  #diskNow(told: DocumentDisk): DocumentDisk {
    if (told.state !== 'saved' && told.state !== 'unsaved') return told
    const state = isSaved(this.#client()) ? 'saved' : 'unsaved'
    return state === told.state ? told : { ...told, state }
  }

  #pending(): number {
    if (pendingCount(this.#client()) === 0) this.#changes = 0
    else this.#changes ||= 1
    return this.#changes
  }
}
