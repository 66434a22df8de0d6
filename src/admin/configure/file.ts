/** A file that `salvus configure` writes for one host. */
export interface GeneratedFile {
  /** Below the host's folder. */
  readonly path: string
  readonly text: string
  /** Whether nobody but its owner may read it: mode 0600, and never shown in a diff. */
  readonly secret?: boolean
}

/** The first line of what a person might edit by mistake. */
export function banner(comment: string): string {
  return `${comment} Written by \`salvus configure\` from the inventory: changes made here are lost at its next run.`
}

/** Puts lines together; undefined ones are left out. */
export function lines(...given: readonly (string | undefined)[]): string {
  return `${given.filter((line) => line !== undefined).join('\n')}\n`
}
