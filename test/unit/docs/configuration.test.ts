import { expect, test } from 'vitest'

import { describeSettings } from '../../../src/daemon/configuration.ts'
import { HUB_SETTINGS } from '../../../src/hub/configuration/settings.ts'
import { LOCAL_HUB_SETTINGS } from '../../../src/local-hub/configuration.ts'
import { PROJECT_SERVER_SETTINGS } from '../../../src/project-server/configuration.ts'

const PROGRAMS = [
  ['hub', HUB_SETTINGS],
  ['project-server', PROJECT_SERVER_SETTINGS],
  ['local-hub', LOCAL_HUB_SETTINGS],
] as const

const INTRODUCTION = `# Settings of each program

What each program reads from its configuration file; the environment wins over the file, an option over both.
\`npm start\` writes these files itself, into \`DATA/run/\`. What the owner of an installation changes is in
\`DATA/config/salvus.json\` and \`DATA/secrets/\`: see [README.md](README.md).

This page is made from the tables in the code: \`npx vitest run test/unit/docs -u\` writes it anew.
`

test('the page of settings says what the tables in the code say', async () => {
  const sections = PROGRAMS.map(
    ([program, table]) =>
      `## ${program}\n\n\`\`\`text\n${describeSettings(program, table).trimEnd()}\n\`\`\`\n`,
  )
  await expect([INTRODUCTION, ...sections].join('\n')).toMatchFileSnapshot(
    '../../../docs/operations/configuration.md',
  )
})
