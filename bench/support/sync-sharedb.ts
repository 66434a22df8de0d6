import { requirePeer } from './sync-peer-packages.ts'
import { TEXT_BEFORE, TYPED } from './sync-load.ts'
import type { ClientOptions, LoadClient, LoadSystem, LoadTarget } from './sync-load.ts'
import { BenchSocket, TEXT } from './sync-socket.ts'

const COLLECTION = 'bench'
const FIELD = 'text'

/** A change of a string in a JSON document, of the type json0 that ShareDB has by itself. */
interface Component {
  readonly p: readonly (string | number)[]
  readonly si?: string
}
type Op = readonly Component[]

/** What is used of ShareDB's client. */
interface ShareDoc {
  readonly data: Readonly<Record<string, string>>
  readonly version: number
  create(data: object, done: (error?: Error) => void): void
  subscribe(done: (error?: Error) => void): void
  submitOp(op: Op): void
  on(event: 'op', listener: (op: Op, source: unknown, sourceId: string) => void): void
}
interface ShareConnection {
  readonly id: string
  readonly state: string
  get(collection: string, id: string): ShareDoc
  on(event: 'connected', listener: () => void): void
}
interface ShareClient {
  Connection: new (socket: object) => ShareConnection
}

/** What light clients know: the document of the first client, which only reads. */
interface Seen {
  readonly doc: ShareDoc
  readonly onOp: ((op: Op, sourceId: string) => void)[]
}

/** Clients of ShareDB with json0, over JSON in text frames. */
export function sharedbSystem(target: LoadTarget): LoadSystem {
  const { Connection } = requirePeer<ShareClient>(target.peers, 'sharedb/lib/client')
  const typists = new Map<string, number>()
  const seen = new Map<number, Seen>()
  const connect = async (): Promise<Connected> => {
    const { socket, asClient } = await openSocket(target.port)
    const connection = new Connection(asClient)
    if (connection.state !== 'connected') {
      await new Promise<void>((resolve) => connection.on('connected', resolve))
    }
    return { socket, connection }
  }
  return {
    async prepare(documents) {
      const { connection, socket } = await connect()
      for (let document = 0; document < documents; document++) {
        const doc = connection.get(COLLECTION, String(document))
        await called((done) => doc.create({ [FIELD]: TEXT_BEFORE }, done))
      }
      socket.close()
    },
    async open(options) {
      const { connection, socket } = await connect()
      const doc = connection.get(COLLECTION, String(options.document))
      await called((done) => doc.subscribe(done))
      typists.set(connection.id, options.index)
      const made = { connection, socket, doc, options }
      const known = seen.get(options.document)
      if (options.kind === 'light') return lightClient(made, known)
      const client = fullClient(made, typists)
      if (known === undefined) {
        const onOp: Seen['onOp'] = []
        seen.set(options.document, { doc, onOp })
        doc.on('op', (op, _source, sourceId) => {
          for (const heard of onOp) heard(op, sourceId)
        })
      }
      return client
    },
  }
}

interface Connected {
  readonly connection: ShareConnection
  readonly socket: BenchSocket
}
interface Made extends Connected {
  readonly doc: ShareDoc
  readonly options: ClientOptions
}

function fullClient(
  { socket, doc, options }: Made,
  typists: ReadonlyMap<string, number>,
): LoadClient {
  let cursor = options.place
  doc.on('op', (op, source, sourceId) => {
    if (source !== false) return
    const typist = typists.get(sourceId)
    for (const { at, text } of insertsOf(op)) {
      if (at < cursor) cursor += text.length
      if (typist === undefined) continue
      for (let n = 0; n < text.length; n++) options.onApplied(typist)
    }
  })
  return {
    socket,
    type: () => doc.submitOp([{ p: [FIELD, cursor++], si: TYPED }]),
    text: () => doc.data[FIELD] ?? '',
  }
}

/** One op is on its way at a time, as the client of ShareDB has it; what is typed meanwhile goes as one op behind it. */
function lightClient({ socket, connection, options }: Made, known: Seen | undefined): LoadClient {
  socket.ignored = TEXT
  let at = options.place
  let [seq, waiting, pending] = [0, false, 0]
  const send = (): void => {
    if (known === undefined) throw new Error('a light client types only beside one that reads')
    const op = [{ p: [FIELD, at], si: TYPED.repeat(pending) }]
    const address = { c: COLLECTION, d: String(options.document), v: known.doc.version }
    pending = 0
    waiting = true
    socket.send(JSON.stringify({ a: 'op', ...address, seq: ++seq, x: {}, op }))
  }
  known?.onOp.push((op, sourceId) => {
    const own = sourceId === connection.id
    for (const insert of insertsOf(op)) {
      if (insert.at < at || (own && insert.at === at)) at += insert.text.length
    }
    if (!own) return
    waiting = false
    if (pending > 0) send()
  })
  return {
    socket,
    type() {
      pending++
      if (!waiting) send()
    },
    text: () => '',
  }
}

function insertsOf(op: Op): readonly { at: number; text: string }[] {
  return op.flatMap(({ p, si }) => (si === undefined ? [] : [{ at: Number(p[1]), text: si }]))
}

/** The socket that ShareDB's client expects, with texts as strings. */
async function openSocket(port: number): Promise<{ socket: BenchSocket; asClient: object }> {
  const asClient = {
    readyState: 1,
    onmessage: (_event: { data: string }): void => undefined,
    onopen: (): void => undefined,
    onclose: (): void => undefined,
    onerror: (): void => undefined,
    send: (text: string): void => socket.send(text),
    close: (): void => socket.close(),
  }
  const early: string[] = []
  let open = false
  const socket = new BenchSocket({
    port,
    path: '/',
    onMessage: (_opcode, payload) => {
      const data = payload.toString()
      if (open) asClient.onmessage({ data })
      else early.push(data)
    },
  })
  await socket.opened
  setImmediate(() => {
    open = true
    for (const data of early) asClient.onmessage({ data })
  })
  return { socket, asClient }
}

function called(work: (done: (error?: Error) => void) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    work((error) => (error ? reject(error) : resolve()))
  })
}
