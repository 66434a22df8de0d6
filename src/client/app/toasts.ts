import { Value } from './observable.ts'

export interface Toast {
  readonly id: number
  readonly text: string
  /** What may be done about it, such as `Undo`. */
  readonly action?: { readonly label: string; readonly run: () => void }
}

/** How long a toast stays: long enough to read it and to reach its button. */
const TOAST_MS = 10_000

const TOASTS_MAX = 4

/** Short notes of what happened elsewhere than where the person looks, and the way to undo what was just done. */
export class Toasts {
  readonly list = new Value<readonly Toast[]>([])
  #nextId = 1

  show(text: string, action?: Toast['action']): void {
    const id = this.#nextId++
    const toast = action ? { id, text, action } : { id, text }
    this.list.update((toasts) => [...toasts, toast].slice(-TOASTS_MAX))
    setTimeout(() => this.close(id), TOAST_MS)
  }

  close(id: number): void {
    this.list.update((toasts) => toasts.filter((toast) => toast.id !== id))
  }
}
