/** @param {number} ms */
export function seconds(ms) {
  return ms < 9950 ? `${(ms / 1000).toFixed(1)} s` : `${Math.round(ms / 1000)} s`
}

/**
 * Runs one step of set-up and says on standard error what is being done and how long it took.
 * Standard output stays free for what a command prints for programs.
 *
 * @template T
 * @param {string} title
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function step(title, work) {
  const isTerminal = process.stderr.isTTY
  const start = performance.now()
  process.stderr.write(isTerminal ? `  ${title} ...` : `  ${title} ...\n`)
  const finish = (/** @type {string} */ word) => {
    const line = `  ${title}: ${word}, ${seconds(performance.now() - start)}\n`
    process.stderr.write(isTerminal ? `\r\x1b[2K${line}` : line)
  }
  try {
    const value = await work()
    finish('done')
    return value
  } catch (error) {
    finish('failed')
    throw error
  }
}
