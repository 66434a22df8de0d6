/**
 * The version of everything in this folder that crosses a socket.
 *
 * Rule of compatibility: a peer of the version before is served (new fields are optional, unknown keys and
 * unknown notices are dropped); an older one is told to reload or to upgrade. History:
 *
 * 1: the first.
 */
export const PROTOCOL_VERSION = 1

/** The oldest version of a peer that is still served. */
export const PROTOCOL_VERSION_OLDEST = 1
