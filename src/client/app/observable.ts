/** A value that changes: what React reads with `useObservable`, and everything else with `subscribe`. */
export interface Observable<T> {
  get(): T
  /** Called after each change, with nothing; returns how to stop. */
  readonly subscribe: (listener: () => void) => () => void
}

/** An observable that its owner sets. A listener that throws is a bug and does not keep the others from being told. */
export class Value<T> implements Observable<T> {
  #value: T
  readonly #listeners = new Set<() => void>()

  constructor(value: T) {
    this.#value = value
  }

  get(): T {
    return this.#value
  }

  set(value: T): void {
    if (Object.is(value, this.#value)) return
    this.#value = value
    for (const listener of [...this.#listeners]) {
      try {
        listener()
      } catch (error) {
        reportError(error)
      }
    }
  }

  update(change: (value: T) => T): void {
    this.set(change(this.#value))
  }

  // Arrow functions, because React calls these without their object.
  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => {
      this.#listeners.delete(listener)
    }
  }
}

/** Resolves with the first value that fits, at once where the present one does; rejects with the signal's reason. */
export function waitFor<T>(
  observable: Observable<T>,
  fits: (value: T) => boolean,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) {
      reject(signal.reason)
      return
    }
    const finish = (): void => {
      stop()
      signal.removeEventListener('abort', abort)
    }
    const look = (): void => {
      const value = observable.get()
      if (!fits(value)) return
      finish()
      resolve(value)
    }
    const abort = (): void => {
      finish()
      reject(signal.reason)
    }
    const stop = observable.subscribe(look)
    signal.addEventListener('abort', abort)
    look()
  })
}
