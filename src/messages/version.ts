/**
 * The version of everything in this folder that crosses a socket.
 *
 * Rule of compatibility: a peer of the version before is served (new fields are optional, unknown keys and
 * unknown notices are dropped); an older one is told to reload or to upgrade. Where the version before can't be served,
 * the oldest is raised with it. History:
 *
 * 1: the first.
 * 2: the frames of a document's channel (src/sync) are others. A page of version 1 could not read them: it keeps what was
 *    typed and is told to load again.
 */
export const PROTOCOL_VERSION = 2

/** The oldest version of a peer that is still served. */
export const PROTOCOL_VERSION_OLDEST = 2
