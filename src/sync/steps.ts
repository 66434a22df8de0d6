/**
 * Work in steps of some milliseconds. Whoever runs it decides what happens between two of them, so that nothing else
 * waits for all of it.
 */
export type Steps<T> = Generator<undefined, T, undefined>

/** All steps, one right after another. */
export function atOnce<T>(steps: Steps<T>): T {
  for (;;) {
    const step = steps.next()
    if (step.done) return step.value
  }
}
