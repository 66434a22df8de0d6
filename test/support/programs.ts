import { accessSync, constants, existsSync, readdirSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** The Python that tests run the Sage server with, as `npm test` or `npm run check` has made it. */
export function testPython(): string | undefined {
  const given = process.env['SALVUS_TEST_PYTHON']
  if (given !== undefined) return given
  if (!existsSync('.setup')) return undefined
  return readdirSync('.setup')
    .filter((name) => name.startsWith('python-test-'))
    .map((name) => join(process.cwd(), '.setup', name))
    .filter((home) => existsSync(join(home, '.salvus-ready')))
    .map((home) => join(home, 'bin', 'python'))
    .at(-1)
}

/** The NATS server of the tests, as `npm test` has found or fetched it. */
export function testNatsServer(): string | undefined {
  const fetched = existsSync('.setup')
    ? readdirSync('.setup')
        .filter((name) => name.startsWith('nats-server-'))
        .map((name) => join(process.cwd(), '.setup', name, 'bin', 'nats-server'))
    : []
  return (
    process.env['SALVUS_TEST_NATS'] ??
    programOnPath('nats-server') ??
    fetched.find((path) => isExecutable(path))
  )
}

/** A program on the PATH. */
export function programOnPath(name: string): string | undefined {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isExecutable)
}

/** A program of the system, also in the folders of root, which a PATH may lack. */
export function systemProgram(name: string): string | undefined {
  const folders = ['/usr/local/sbin', '/usr/sbin', '/sbin']
  return programOnPath(name) ?? folders.map((folder) => join(folder, name)).find(isExecutable)
}

/** The browser of the browser tests. */
export function testChromium(): string | undefined {
  return (
    process.env['SALVUS_TEST_CHROMIUM'] ??
    programOnPath('chromium') ??
    programOnPath('chromium-browser') ??
    programOnPath('google-chrome')
  )
}

/** Real Sage, for the external tests. */
export function testSage(): string | undefined {
  return process.env['SALVUS_TEST_SAGE'] ?? programOnPath('sage')
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    // Not there, or not for us.
    return false
  }
}
