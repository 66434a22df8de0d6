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

/** Items that wait for an earlier one. More mean that something is lost: the client resumes. */
export const LATE_ITEMS_MAX = 1000

/** Items between two acknowledgements of a client that only reads. */
export const ACK_ITEMS = 50

/** Bytes of one chunk of a snapshot: under BINARY_FRAME_BYTES_MAX, and small enough to show progress. */
export const SNAPSHOT_CHUNK_BYTES = 512 * 1024

/** Bytes of one message of a channel, without the frame around it. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024 - 64

/** Bytes of a presence value: a cursor, some selections. */
export const PRESENCE_BYTES_MAX = 4096

/** Items that the owner keeps in memory for clients that resume. */
export const HISTORY_ITEMS_MAX = 100_000

/** Undoable changes of one person in one session. */
export const UNDO_DEPTH_MAX = 500
