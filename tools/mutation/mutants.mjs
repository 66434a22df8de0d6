/**
 * A fault that breaks an invariant on purpose: `find`, which is in the file exactly once, becomes `replace`.
 *
 * @typedef {object} Mutant
 * @property {string} name what is broken
 * @property {string} file
 * @property {string} find
 * @property {string} replace
 * @property {string[]} tests that see the file; those of synchronization unless given
 */

/** What tests the pure core: rules, then schedules. */
const SYNC_TESTS = ['test/unit/sync', 'test/simulation/sync']
const JOURNAL_TESTS = ['session-journal', 'failing-disk', 'journal', 'power'].map(
  (name) => `test/unit/local-hub/documents/${name}.test.ts`,
)
const DISK_TESTS = ['test/integration/documents/disk', 'test/integration/documents/other-programs']

const COMMIT = 'src/sync/commit.ts'
const BRIDGE = 'src/sync/bridge.ts'
const RECEIVE = 'src/sync/receive.ts'
const CLIENT = 'src/sync/client-receive.ts'
const ITEMS = 'src/sync/client-items.ts'
const LOCAL = 'src/sync/client-local.ts'
const SESSION_JOURNAL = 'src/local-hub/documents/session-journal.ts'
const DISK_LINK = 'src/local-hub/documents/disk-link.ts'

/**
 * @param {string} name
 * @param {string} file
 * @param {{ find: string, replace: string, tests?: string[] }} change
 * @returns {Mutant}
 */
const mutant = (name, file, { find, replace, tests = SYNC_TESTS }) => ({
  name,
  file,
  find,
  replace,
  tests,
})

export const MUTANTS = [
  mutant('an item is left out of the bridge (I4)', COMMIT, {
    find: 'for (let v = session.w + 1; v <= owner.head; v++)',
    replace: 'for (let v = session.w + 2; v <= owner.head; v++)',
  }),
  mutant('the bridge is not mapped over the edit (I4)', COMMIT, {
    find: '  session.bridge = mapped.bridge\n',
    replace: '',
  }),
  mutant('the bridge keeps what the client has (I4)', COMMIT, {
    find: 'const kept = session.bridge.findIndex((item) => item.v > m)',
    replace: 'const kept = session.bridge.findIndex((item) => item.v >= m)',
  }),
  mutant('an edit that was committed is committed again (I2)', RECEIVE, {
    find: '  if (ahead >= 0x80) return\n',
    replace: '  if (ahead >= 0x80) return void commit(owner, connection, session, message)\n',
  }),
  mutant('an edit is taken though one before it is missing (I2)', RECEIVE, {
    find: 'if (ahead > 0 || m < session.m',
    replace: 'if (m < session.m',
  }),
  mutant('an edit on an older version is taken though its bridge is gone (I4)', RECEIVE, {
    find: '|| m < session.m ||',
    replace: '||',
  }),
  mutant('edits of an older attempt are taken (gen)', RECEIVE, {
    find: ' || message.gen !== (session.gen & 0xff)',
    replace: '',
  }),
  mutant('an older attempt to connect overtakes (gen)', 'src/sync/session.ts', {
    find: 'if (known && known.gen >= message.gen) return undefined',
    replace: '',
  }),
  mutant('the client takes answers to older attempts (gen)', CLIENT, {
    find: `  if (client.phase !== 'resuming' || message.gen !== client.gen) return
  beginAnew(client, message)`,
    replace: `  if (client.phase !== 'resuming') return
  beginAnew(client, message)`,
  }),
  mutant('a resume of another term goes on (term)', RECEIVE, {
    find: 'return item?.term === term',
    replace: 'return item !== undefined',
  }),
  mutant('a resume commits its stack again (I2)', COMMIT, {
    find: '  return stack.slice(next)\n',
    replace: '  return stack\n',
  }),
  mutant('what was sent is composed with what comes after (I5)', LOCAL, {
    find: '  client.stack.push(client.buffer)\n',
    replace: `  const last = client.stack.pop()
  client.stack.push(last ? compose(last, client.buffer) : client.buffer)
`,
  }),
  mutant(
    'inserts at one place: the owner and the client put them on other sides (I6)',
    'src/sync/algebra.ts',
    {
      find: 'op[2].map(other[2], true)',
      replace: 'op[2].map(other[2])',
    },
  ),
  mutant('inserts at one place: another side for what is kept as numbers (I6)', BRIDGE, {
    find: 'const splices = mapped.splice && item.splice && transformSplices(mapped.splice, item.splice)',
    replace:
      'const turned = mapped.splice && item.splice && transformSplices(item.splice, mapped.splice)\n    const splices = turned && { incoming: turned.committed, committed: turned.incoming }',
  }),
  mutant('half of a surrogate pair is taken (I11)', 'src/sync/apply.ts', {
    find: 'if (splitsPair(text, from) || splitsPair(text, to))',
    replace: 'if (splitsPair(text, from))',
  }),
  mutant('items that come early are forgotten (late)', ITEMS, {
    find: 'if (v > client.m || client.phase',
    replace: 'if (v === client.m + 1 || client.phase',
  }),
  mutant('items that the client has are taken again', ITEMS, {
    find: `  for (const v of client.late.keys()) if (v <= client.m) client.late.delete(v)
  for (;;) {
    const next = client.late.get(client.m + 1)`,
    replace: `  for (;;) {
    const next = [...client.late.values()][0]
    const old = [...client.late.keys()][0]
    if (old !== undefined && old <= client.m) client.late.set(client.m + 1, client.late.get(old) as never)`,
  }),
  mutant('items of another life of the owner are kept for this one', CLIENT, {
    find: '  client.authors.clear()\n  client.late.clear()\n',
    replace: '  client.authors.clear()\n',
  }),
  mutant('a foreign change is not mapped through what waits to be sent (I4)', ITEMS, {
    find: '  client.buffer = pair.incoming\n  return pair.committed\n',
    replace: '  client.buffer = pair.incoming\n  return foreign\n',
  }),
  mutant('text typed into a deleted cell is dropped (I7)', 'src/sync/algebra.ts', {
    find: 'return { incoming: rescued(op), committed: others }',
    replace: 'return { incoming: [], committed: others }',
  }),
  mutant('pieces that are rescued are not told (I7)', CLIENT, {
    find: `    case 'rescued':
      gathered.rescued.push(...message.pieces)
      return`,
    replace: `    case 'rescued':
      return`,
  }),
  mutant('what is refused is not given back (I7)', CLIENT, {
    find: 'gathered.rescued.push(...rescueUnsent(client, Math.max(0, message.n - client.n - 1)))',
    replace: 'rescueUnsent(client, Math.max(0, message.n - client.n - 1))',
  }),
  mutant('the history is cut and its sessions go on', COMMIT, {
    find: "if (session.m < dropped.v) session.state = 'lost'",
    replace: "if (session.m < 0) session.state = 'lost'",
  }),
  mutant('sums are not compared (S32)', ITEMS, {
    find: '  if (client.sum !== message.sum) differs(client, gathered)\n',
    replace: '',
  }),
  mutant('a patch that is sent twice is applied twice', 'src/sync/repair.ts', {
    find: '    if (before < (owner.counts[author] ?? 0)) return\n',
    replace: '',
  }),
  mutant('items that a client gave back are not marked', COMMIT, {
    find: '...(restored ? { restored: restored.from } : {}),',
    replace: '',
  }),
  mutant('a viewer gives back versions', 'src/sync/recovery.ts', {
    find: "if (!connection?.person.canEdit || message.kind !== 'resume') continue",
    replace: "if (!connection || message.kind !== 'resume') continue",
  }),
  mutant('undo deletes a cell that others typed in', 'src/sync/undo.ts', {
    find: "(op[0] === 'd' && typedIn.has(op[2]))",
    replace: 'false',
    tests: ['test/unit/sync/undo.test.ts'],
  }),
  mutant('what is typed after a refusal has the number of a committed change (I2)', CLIENT, {
    find: 'client.repair = { n: message.n - 1,',
    replace: 'client.repair = { n: client.n,',
  }),
  mutant('what is acknowledged is not in the journal yet (I3)', SESSION_JOURNAL, {
    find: '    if (!isWritten) return\n',
    replace: '',
    tests: JOURNAL_TESTS,
  }),
  mutant('with `power` nobody waits for the disk (I3)', SESSION_JOURNAL, {
    find: "if (durability === 'process' || isKept)",
    replace: 'if (durability !== undefined || isKept)',
    tests: JOURNAL_TESTS,
  }),
  mutant('with `power` a file is saved before the journal is on the disk (I3)', SESSION_JOURNAL, {
    find: "if (durability === 'power') await journal.durable()",
    replace: '',
    tests: JOURNAL_TESTS,
  }),
  mutant('a flush that failed counts as one (I3)', SESSION_JOURNAL, {
    find: '          this.#unflushed = []\n          return\n',
    replace: '          this.#unflushed = []\n',
    tests: JOURNAL_TESTS,
  }),
  mutant('the file is written without a look at it (I8)', DISK_LINK, {
    find: 'const expected = exists ? this.#seen?.identity : undefined',
    replace: 'const expected = undefined',
    tests: DISK_TESTS,
  }),
  mutant('what another program wrote is overwritten (I8)', DISK_LINK, {
    find: '    if (!isKnown) await this.#absorb(disk)\n',
    replace: '',
    tests: DISK_TESTS,
  }),
]
