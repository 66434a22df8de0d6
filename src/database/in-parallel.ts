/** Statements under way for one question: enough to keep three nodes busy, few enough not to crowd others out. */
const AT_ONCE = 32

/** `map` of questions to the database, a bounded number of them at the same time, answers in order. */
export async function inParallel<T, R>(
  items: readonly T[],
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = []
  const queue = items.entries()
  const worker = async (): Promise<void> => {
    for (const [index, item] of queue) results[index] = await work(item)
  }
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, items.length) }, worker))
  return results
}
