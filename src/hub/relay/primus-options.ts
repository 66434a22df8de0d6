type Done = (error: Error | undefined, data: unknown) => void

/**
 * What both ends of Primus have to agree on. The client's library is generated from these at build time, with the
 * text of the parser's functions in it: they may refer to nothing outside themselves.
 */
export const PRIMUS_OPTIONS = {
  transformer: 'engine.io',
  /** Frames are strings and bytes already (messages/frames.ts): both pass as they are. */
  parser: {
    encoder: function (data: unknown, done: Done) {
      done(undefined, data)
    },
    decoder: function (data: unknown, done: Done) {
      done(undefined, data)
    },
  },
  /** The hub pings this often (milliseconds); a client that hears none for one and a half times as long reconnects. */
  pingInterval: 20_000,
} as const
