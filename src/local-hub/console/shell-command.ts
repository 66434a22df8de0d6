import { writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/**
 * As a login shell reads its files, with one more thing between those of the system and the person's own: a prompt
 * that asks for no name, since the user of a project may have none.
 */
const BASH_RC = `# Written by Salvus at each start: change ~/.bashrc instead.
[ -r /etc/profile ] && . /etc/profile
# Which sets PATH anew. The command salvus is in here.
[ -n "$SALVUS_API" ] && PATH="\${SALVUS_API%/*}/bin:$PATH"
PS1='\\w\\$ '
if [ -r ~/.bash_profile ]; then . ~/.bash_profile
elif [ -r ~/.bash_login ]; then . ~/.bash_login
elif [ -r ~/.profile ]; then . ~/.profile
elif [ -r ~/.bashrc ]; then . ~/.bashrc
fi
`

/** What a terminal runs: arguments of the shell. `folder`: where its rc file may be. */
export function shellArguments(shell: string, folder: string): readonly string[] {
  if (basename(shell) !== 'bash') return ['-l']
  const file = join(folder, 'bashrc')
  writeFileSync(file, BASH_RC, { mode: 0o600 })
  return ['--rcfile', file]
}
