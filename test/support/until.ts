/** Between two looks at what tells nobody when it changes. */
const LOOK_EVERY_MS = 50
/** Of a machine that does other things too: what fails is late anyway. */
const DEADLINE_MS = 60_000

/** Waits until an answer is as wanted. Fails with the last answer. */
export async function until<T>(
  what: string,
  ask: () => Promise<T>,
  isWanted: (answer: T) => boolean,
  deadlineMs = DEADLINE_MS,
): Promise<T> {
  const deadline = performance.now() + deadlineMs
  for (;;) {
    const answer = await ask()
    if (isWanted(answer)) return answer
    if (performance.now() > deadline) {
      throw new Error(
        `not within ${deadlineMs} ms: ${what}; the last was ${JSON.stringify(answer)}`,
      )
    }
    await new Promise((resolve) => {
      setTimeout(resolve, LOOK_EVERY_MS)
    })
  }
}
