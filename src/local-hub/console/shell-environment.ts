import { API_VARIABLE, CLIENT_VARIABLE } from '../../messages/project-api.ts'

/** Variables of the console server's own environment that a shell gets; anything else could be a secret of ours. */
const PASSED = new Set([
  'PATH',
  'HOME',
  'USER',
  'LOGNAME',
  'SHELL',
  'LANG',
  'LANGUAGE',
  'TZ',
  'TMPDIR',
  'PYTHONPATH',
  'SALVUS_PROJECT',
  API_VARIABLE,
  CLIENT_VARIABLE,
])

/** What the shells of a terminal find in their environment. */
export function shellEnvironment(own: NodeJS.ProcessEnv): Record<string, string> {
  const environment: Record<string, string> = {
    TERM: 'xterm-256color',
    COLORTERM: 'truecolor',
    LANG: 'C.UTF-8',
  }
  for (const [name, value] of Object.entries(own)) {
    if (value !== undefined && (PASSED.has(name) || name.startsWith('LC_')))
      environment[name] = value
  }
  return environment
}
