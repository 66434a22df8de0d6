import '@xterm/xterm/css/xterm.css'
import './terminal.css'

import { useState } from 'react'

import { useObservable } from '../../ui/use-observable.ts'
import type { EditorProps } from '../editor.ts'
import { TerminalPane } from './terminal-pane.tsx'

/** A terminal that fills its tab; `Split` shows a second one beside it, which is a terminal of its own. */
export function Editor(props: EditorProps) {
  const { path, project } = props
  const [split, setSplit] = useState(false)
  const route = useObservable(project.state)
  if (route.kind === 'open' && route.role === 'viewer')
    return <p className="term-status">Terminals are for the owners and editors of a project.</p>
  const toggle = (): void => setSplit(!split)
  return (
    <div className={split ? 'term-editor split' : 'term-editor'}>
      <TerminalPane {...props} split={split} onSplit={toggle} />
      {split && (
        <TerminalPane
          {...props}
          path={secondPath(path)}
          onTitle={ignoreTitle}
          split={split}
          onSplit={toggle}
        />
      )}
    </div>
  )
}

/** The tab is called after its first terminal. */
function ignoreTitle(): void {}

function secondPath(path: string): string {
  return path.replace(/(\.term)?$/, '-2.term')
}
