/**
 * What we use of node-pty. The package is installed under the name of the original, whose API it has, but its types
 * know only its own name, and they say `string` where bytes go through unchanged.
 */
declare module 'node-pty' {
  export interface IPty {
    readonly pid: number
    write(data: string | Uint8Array): void
    resize(columns: number, rows: number): void
    pause(): void
    resume(): void
    kill(signal?: string): void
    onData(listener: (data: string | Uint8Array) => void): { dispose(): void }
    onExit(listener: (end: { exitCode: number; signal?: number }) => void): { dispose(): void }
  }

  export function spawn(
    file: string,
    args: readonly string[],
    options: {
      name: string
      rows: number
      cols: number
      cwd: string
      env: Readonly<Record<string, string>>
      /** null: bytes as they are. */
      encoding: null
    },
  ): IPty
}
