export const EXIT_CODES = { refused: 1, usage: 2, conflict: 3, unavailable: 4 } as const

/** The command line is none of ours. */
export class UsageError extends Error {}

export const USAGE = `Usage: salvus doc DO PATH ...

Reads and changes a document of this project as one of the people in it: what others type meanwhile
stays, and your changes carry the name of your program.

  read PATH [--revision R] [--json]     puts out the text; with --json its revision too
  revision PATH                         puts out the revision that the document has now
  write PATH --revision R < TEXT        makes the changes that lead from revision R to the text
  write PATH < TEXT                     makes a file that is not there yet
  append PATH < TEXT                    puts the text at the end; makes the file where there is none
  edit PATH -- PROGRAM ARG ...          reads, puts the text through the program, and writes
  watch PATH [--json]                   tells each change, until it is stopped (Ctrl-C)
  history PATH [--json] [--limit N]     lists who changed it when, the newest first
  blame PATH [--json]                   says who changed each line last
  restore PATH --revision R             makes it what it was

  --name NAME   what stands beside your changes (default: salvus doc)

write, append, edit and restore put out the revision that the document has then. A worksheet is read
and written as its file; append gives it a cell.

Exit codes: 0 done; 1 refused; 2 the command line is wrong; 3 the revision is not known any more: read
again; 4 the project did not answer: after a change, read the document to see whether it was made.
`
