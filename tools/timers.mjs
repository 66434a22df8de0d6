// A part of `npm run check`: nothing polls. Each timer of the servers is named here, with what it is for; a new one
// fails until it is. No timer may read the database, or look at a file, to find out whether something has changed:
// that is an event (a message, the bus, inotify, a child's exit).
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import ts from 'typescript'
import { ROOT } from './setup/paths.mjs'

/**
 * What a timer may be for.
 *
 * - `deadline`: gives up waiting, or lets go of what nobody uses
 * - `retry`: a pause after a failure or before the next attempt to reach somebody
 * - `pace`: gathers what happens in a moment, or spreads it
 * - `due`: wakes at a time that was known before
 * - `sign`: says to somebody that this process lives, or looks whether the other side said so
 * - `record`: writes, and reads nothing
 * - `clean`: removes what has expired, which nobody waits for
 * - `kernel`: waits for the end or the stop of a process that is not our child, which the kernel tells nobody
 * - `clock`: shows the time that passes to a person
 *
 * @typedef {'deadline' | 'retry' | 'pace' | 'due' | 'sign' | 'record' | 'clean' | 'kernel' | 'clock'} Purpose
 */

/**
 * By file below src/: how many timers, and for what. Pages may use setTimeout freely: they have neither the database
 * nor the disk.
 *
 * @type {Record<string, readonly [count: number, ...purposes: Purpose[]]>}
 */
export const TIMERS = {
  'src/admin/run-command.ts': [1, 'deadline'],
  'src/admin/services/control.ts': [1, 'deadline'],
  'src/admin/services/ready.ts': [1, 'retry'],
  'src/admin/services/start-detached.ts': [1, 'retry'],
  'src/client/editors/worksheet/cell-status.tsx': [1, 'clock'],
  'src/client/projects/project-status.tsx': [1, 'clock'],
  'src/client/ui/use-now.ts': [1, 'clock'],
  'src/daemon/life-cycle.ts': [1, 'deadline'],
  'src/daemon/links/address.ts': [1, 'deadline'],
  'src/daemon/links/await-socket.ts': [2, 'deadline', 'retry'],
  'src/daemon/links/handshake.ts': [1, 'deadline'],
  'src/daemon/links/link.ts': [2, 'sign', 'deadline'],
  'src/daemon/supervise.ts': [2, 'retry', 'deadline'],
  'src/daemon/systemd-notify.ts': [1, 'sign'],
  'src/database/cassandra/retry.ts': [1, 'retry'],
  'src/database/sqlite/connection.ts': [1, 'deadline'],
  'src/hub/blobs/blob-receiver.ts': [1, 'deadline'],
  'src/hub/bus/nats-line.ts': [1, 'retry'],
  'src/hub/bus/nats.ts': [1, 'sign'],
  'src/hub/catch-up.ts': [1, 'retry'],
  'src/hub/content/send-raw-file.ts': [1, 'deadline'],
  'src/hub/control.ts': [1, 'deadline'],
  'src/hub/drain.ts': [1, 'deadline'],
  'src/hub/due.ts': [1, 'due'],
  'src/hub/housekeeping.ts': [1, 'clean'],
  'src/hub/http/app.ts': [1, 'deadline'],
  'src/hub/mail/transport.ts': [1, 'deadline'],
  'src/hub/relay/host-link.ts': [2, 'deadline', 'retry'],
  'src/hub/relay/project-links.ts': [2, 'deadline', 'retry'],
  'src/hub/statistics.ts': [1, 'record'],
  'src/local-hub/console/console-client.ts': [1, 'deadline'],
  'src/local-hub/console/terminals.ts': [2, 'deadline', 'pace'],
  'src/local-hub/documents/counts-teller.ts': [1, 'pace'],
  'src/local-hub/documents/disk-link.ts': [1, 'pace'],
  'src/local-hub/documents/flush-pace.ts': [1, 'pace'],
  'src/local-hub/documents/folder-watches.ts': [1, 'pace'],
  'src/local-hub/documents/history-link.ts': [2, 'deadline'],
  'src/local-hub/documents/lost-tail.ts': [2, 'deadline'],
  'src/local-hub/documents/presence-pace.ts': [1, 'pace'],
  'src/local-hub/documents/save-pace.ts': [1, 'pace'],
  'src/local-hub/documents/save-timer.ts': [1, 'pace'],
  'src/local-hub/documents/turn-pace.ts': [1, 'pace'],
  'src/local-hub/documents/unused-timers.ts': [1, 'deadline'],
  'src/local-hub/documents/worker-link.ts': [3, 'deadline', 'sign'],
  'src/local-hub/files/watch-directories.ts': [1, 'pace'],
  'src/local-hub/presence/presence.ts': [1, 'pace'],
  'src/local-hub/project-api/api-server.ts': [1, 'deadline'],
  'src/local-hub/worksheets/python-preparation.ts': [1, 'deadline'],
  'src/local-hub/worksheets/sage-link.ts': [1, 'deadline'],
  'src/messages/pending-requests.ts': [1, 'deadline'],
  'src/programs/ask.ts': [2, 'deadline', 'retry'],
  'src/project-server/isolation/end-processes.ts': [1, 'kernel'],
  'src/project-server/isolation/freeze-processes.ts': [1, 'kernel'],
  'src/project-server/launcher/launcher.ts': [1, 'pace'],
  'src/project-server/leases/host-right.ts': [1, 'deadline'],
  'src/project-server/leases/lease-clock.ts': [2, 'due'],
}

/** Files whose timers are not of a server. */
const FREE_TIMEOUTS = ['src/client/']

/** Of node:timers and of fs: each call, or each import of it by another name. */
const TIMER_NAMES = new Set(['setTimeout', 'setInterval', 'watchFile'])

/**
 * @param {Record<string, readonly [number, ...Purpose[]]>} allowed
 * @param {Record<string, string>} sources by path
 * @returns {string[]} what is wrong, a line each
 */
export function checkTimers(allowed, sources) {
  const problems = []
  for (const [path, text] of Object.entries(sources)) {
    const names = timersOf(path, text)
    if (names.includes('watchFile')) problems.push(`${path}: watchFile polls; watch the folder`)
    const count = names.filter((name) => name !== 'watchFile').length
    const [named = 0] = allowed[path] ?? []
    if (count > named) {
      problems.push(
        `${path}: ${count} timers, and ${named} are named in tools/timers.mjs: say there what the new one is for`,
      )
    } else if (count < named) {
      problems.push(`${path}: ${count} timers, and ${named} are named in tools/timers.mjs`)
    }
  }
  for (const path of Object.keys(allowed)) {
    if (sources[path] === undefined) problems.push(`${path}: named in tools/timers.mjs, not there`)
  }
  return problems
}

/**
 * @param {string} path
 * @param {string} text
 * @returns {string[]} a name for each timer
 */
function timersOf(path, text) {
  if (![...TIMER_NAMES].some((name) => text.includes(name))) return []
  const source = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true)
  const isFree = FREE_TIMEOUTS.some((folder) => path.startsWith(folder))
  /** @type {string[]} */
  const found = []
  const visit = (/** @type {ts.Node} */ node) => {
    const name = nameOf(node)
    if (name !== undefined && !(isFree && name === 'setTimeout')) found.push(name)
    ts.forEachChild(node, visit)
  }
  visit(source)
  return found
}

/**
 * @param {ts.Node} node
 * @returns {string | undefined} the timer that it calls, or imports to call it
 */
function nameOf(node) {
  if (ts.isCallExpression(node)) {
    const { expression } = node
    const called = ts.isPropertyAccessExpression(expression) ? expression.name : expression
    if (ts.isIdentifier(called) && TIMER_NAMES.has(called.text)) return called.text
  }
  if (ts.isImportSpecifier(node)) {
    const { propertyName, name } = node
    // One that keeps its name is counted where it is called.
    if (
      propertyName !== undefined &&
      TIMER_NAMES.has(propertyName.text) &&
      propertyName.text !== name.text
    ) {
      return propertyName.text
    }
  }
  return undefined
}

/** @returns {Record<string, string>} */
function readSources() {
  const names = readdirSync(join(ROOT, 'src'), { recursive: true, encoding: 'utf8' })
  const paths = names.filter((name) => /\.tsx?$/.test(name)).map((name) => `src/${name}`)
  return Object.fromEntries(paths.map((path) => [path, readFileSync(join(ROOT, path), 'utf8')]))
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const problems = checkTimers(TIMERS, readSources())
  for (const problem of problems) process.stdout.write(`${problem}\n`)
  process.exitCode = problems.length === 0 ? 0 : 1
}
