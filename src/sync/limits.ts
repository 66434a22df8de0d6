/** Characters (UTF-16 code units) of one text part; as many as a text file may have bytes. A longer file opens read-only. */
export const TEXT_LENGTH_MAX = 20 * 1024 * 1024

/** Characters that one change may insert into one text part: a paste of a whole text is the largest. */
export const INSERT_LENGTH_MAX = TEXT_LENGTH_MAX + 1

/** Part changes in one change: a worksheet of a thousand cells inserted at once has some four thousand. */
export const CHANGE_PARTS_MAX = 20_000

/** Characters of a part id: a cell id of 32, a dot, and a name. */
export const PART_ID_LENGTH_MAX = 128

/** Characters of a run's id in a stream. */
export const RUN_ID_LENGTH_MAX = 64

/** Messages that one change may append to a stream. */
export const STREAM_MESSAGES_MAX = 10_000

/** Levels of a JSON value; deeper ones would overflow the stack of some reader. */
export const JSON_DEPTH_MAX = 32

/** Cells of a list, deleted ones included: what remains quick to order and to show. */
export const LIST_CELLS_MAX = 50_000

/** Edits in one stack: a client that has more unacknowledged composes on, unsealed, in its buffer. */
export const STACK_EDITS_MAX = 10_000

/** Joins, resumes, checks and reports of one connection in so many milliseconds: a page that heals again and again has some. */
export const COSTLY_MAX = 50
export const COSTLY_WINDOW_MS = 10_000

/** Items that wait for an earlier one. More mean that something is lost: the client resumes. */
export const LATE_ITEMS_MAX = 1000

/**
 * Items between two acknowledgements of a client that only reads. They are for the case that it falls behind; with 200
 * readers, one in 50 items was four messages up for each that somebody typed.
 */
export const ACK_ITEMS = 250

/** Bytes of one chunk of a snapshot: under BINARY_FRAME_BYTES_MAX, and small enough to show progress. */
export const SNAPSHOT_CHUNK_BYTES = 512 * 1024

/** Pieces of a snapshot sent ahead of what its client has told to have: two megabytes of ASCII wait for a slow one. */
export const SNAPSHOT_WINDOW_CHUNKS = 8

/** A join sends the last snapshot and the items since. With more items, or bytes of them than this share of it, it is made anew. */
export const SNAPSHOT_TAIL_ITEMS_MAX = 1000
export const SNAPSHOT_TAIL_SHARE = 1 / 8

/** An edit that inserts more is not sent back to its author, and its sum is taken as the owner tells it. */
export const LARGE_INSERT_LENGTH = 32 * 1024

/** Who missed more items or inserted characters than this gets them merged into one edit: less to send, and to apply. */
export const MERGE_ITEMS_MIN = 500
export const MERGE_LENGTH_MIN = 256 * 1024

/** Bytes of one message of a channel, without the frame around it. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024 - 64

/** Ops, sections, hunks and so on of one message: to replace a character that is each tenth of the longest text makes as many. */
export const MESSAGE_ENTRIES_MAX = 4_000_000

/** Bytes of a message of several frames: a text of the largest size, where each character takes three, and some more. */
export const FRAGMENTED_BYTES_MAX = 4 * TEXT_LENGTH_MAX

/** The same from who may not edit, and gets it back at most: a viewer can't fill the memory. */
export const VIEWER_BYTES_MAX = 16 * 1024 * 1024

/** Characters that the places of one patch may be looked for in, many at a time: about half a second. What is left is rescued. */
export const PATCH_SEARCH_MAX = 32 * 1024 * 1024

/** Bytes of a presence value: a cursor, some selections. */
export const PRESENCE_BYTES_MAX = 4096

/**
 * Items that the owner keeps in memory for clients that resume, and a quarter more before it forgets any. A typed character
 * is some 730 bytes there, and who resumes from the first of them takes half a second.
 */
export const HISTORY_ITEMS_MAX = 30_000

/** Characters in those items: output that ran through for hours is in the journal. Of the last ones all are kept. */
export const HISTORY_LENGTH_MAX = 32 * 1024 * 1024
export const HISTORY_ITEMS_MIN = 100

/** Sessions that are remembered after their connections are gone; who comes back later has its history. */
export const SESSIONS_KEPT_MAX = 1000

/** Undoable changes of one person in one session. */
export const UNDO_DEPTH_MAX = 500

/** Items that a client remembers, so that a local hub that lost its journal's tail gets it back: a minute of fast typing by ten. */
export const RECENT_ITEMS_MAX = 1000

/** Items taken from a client after the end of the journal was lost: it has at most twice what it remembers. */
export const KEPT_ITEMS_MAX = 2 * RECENT_ITEMS_MAX

/** The largest term that a client is believed: terms are seconds since 1970, or one more than the one before. */
export const TERM_MAX = 2 ** 32

/** Characters in those items; the newest are kept. */
export const RECENT_LENGTH_MAX = 8 * 1024 * 1024

/** Lives of an owner that are remembered: a client from before them is repaired by its surroundings. */
export const TERMS_MAX = 64

/** Authors whose count of changes goes along from segment to segment, the latest: who sleeps with an unanswered edit. */
export const COUNTED_AUTHORS_MAX = 500

/** Edits in a patch: a whole stack, and as many that were only on a branch that is dead. */
export const PATCH_EDITS_MAX = STACK_EDITS_MAX + RECENT_ITEMS_MAX + 1

/** Rescued pieces that a document keeps for each person until they are dismissed; the oldest go first. */
export const RESCUED_PIECES_MAX = 200

/** Characters of one rescued piece in the journal's list; what is longer is in the history only. */
export const RESCUED_LENGTH_MAX = 64 * 1024

/** Parts told of a divergence, for the log. */
export const DIVERGED_PARTS_MAX = 16

/** Characters told of each. */
export const DIVERGED_LENGTH_MAX = 256 * 1024
