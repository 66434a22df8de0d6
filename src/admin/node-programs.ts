/**
 * Half a young generation, in megabytes. By default it grows to 16, and stays: with 200 people a hub held a third more
 * memory, and was no faster.
 */
export const YOUNG_FLAG = '--max-semi-space-size=4'

/**
 * For the environment of a Node program of ours. The C library keeps memory for the threads of a process apart, and
 * what one has freed the others don't get: some 5 MB in each. Projects have environments of their own.
 */
export const MEMORY_POOLS = { MALLOC_ARENA_MAX: '1' }
