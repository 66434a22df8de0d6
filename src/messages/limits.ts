/** Limits of what crosses a socket. Reaching one is refused with `too_large` before anything is buffered. */

/** One text frame between browser and hub: a request with a pasted 20 MB text never goes as one. */
export const TEXT_FRAME_BYTES_MAX = 2 * 1024 * 1024

/** One binary frame between browser and hub, and one payload on a link: a chunk of a file or of a snapshot. */
export const BINARY_FRAME_BYTES_MAX = 4 * 1024 * 1024

/** One frame on a link between our own processes: a binary frame and the list of its clients. */
export const LINK_FRAME_BYTES_MAX = BINARY_FRAME_BYTES_MAX + 1024 * 1024

/** A chunk of a file in transfer: small enough that other frames pass between two of them. */
export const CHUNK_BYTES = 256 * 1024

/** How far the sender of a file or of a terminal's output may be ahead of what was acknowledged. */
export const WINDOW_BYTES = 4 * CHUNK_BYTES

/** An image or other blob of a worksheet. */
export const BLOB_BYTES_MAX = 12 * 1024 * 1024

/** Routes of one connection: projects open in one browser tab. */
export const ROUTES_MAX = 64

/** Requests of one client that wait for an answer. */
export const REQUESTS_MAX = 200

/** How long a request may stay unanswered before the one who asked gives up, in milliseconds. */
export const REQUEST_DEADLINE_MS = 30_000

export const PATH_CHARACTERS_MAX = 4096
export const NAME_CHARACTERS_MAX = 254
export const TITLE_CHARACTERS_MAX = 200
export const DESCRIPTION_CHARACTERS_MAX = 4000
export const PASSWORD_CHARACTERS_MIN = 8
/** Long passphrases are welcome; the limit keeps a hostile one from burning CPU. */
export const PASSWORD_CHARACTERS_MAX = 1024
export const HELP_CHARACTERS_MAX = 20_000

/** Groups of changes of a history in one answer. */
export const HISTORY_GROUPS_MAX = 200

/** Characters of a version's text in one answer, and of all pieces of changes: a page is under a frame's size. */
export const HISTORY_PAGE_CHARACTERS = 256 * 1024

/** Pieces of changes, or ranges of lines, in one answer. */
export const HISTORY_PIECES_MAX = 2000
