/** Rejects where nothing came of it in so many milliseconds; what comes later is dropped. */
export async function within<T>(wanted: Promise<T>, deadlineMs: number, what: string): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(
      () => reject(new Error(`${what} did not answer within ${deadlineMs} ms`)),
      deadlineMs,
    )
  })
  try {
    return await Promise.race([wanted, late])
  } finally {
    clearTimeout(timer)
  }
}
