/** What the doctor says of one thing. */
export interface Finding {
  readonly verdict: 'well' | 'warning' | 'wrong'
  readonly what: string
  /** What to do; where all is well there is nothing. */
  readonly remedy?: string
}

export function well(what: string): Finding {
  return { verdict: 'well', what }
}

export function warning(what: string, remedy: string): Finding {
  return { verdict: 'warning', what, remedy }
}

export function wrong(what: string, remedy: string): Finding {
  return { verdict: 'wrong', what, remedy }
}

/** As a person reads it. */
export function describeFinding({ verdict, what, remedy }: Finding): string {
  const line = `  ${verdict.padEnd(8)} ${what}\n`
  return remedy === undefined ? line : `${line}           -> ${remedy}\n`
}
