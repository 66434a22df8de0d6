import type { ITheme } from '@xterm/xterm'
import { useEffect, useRef, useState } from 'react'

import { Value } from '../../app/observable.ts'
import { useObservable } from '../../ui/use-observable.ts'
import type { EditorProps } from '../editor.ts'
import { FindBar } from './find-bar.tsx'
import { createScreen } from './screen.ts'
import type { Screen } from './screen.ts'
import { TerminalBar } from './terminal-bar.tsx'
import { TerminalLink } from './terminal-link.ts'
import type { TerminalLinkState } from './terminal-link.ts'
import { terminalTheme } from './terminal-themes.ts'
import { TouchKeys } from './touch-keys.tsx'
import { useSystemDark } from './use-system-dark.ts'

const FONT_SIZE_PX = 14
const NOTHING = new Value<TerminalLinkState>({ kind: 'opening', sinceMs: 0 })

interface Parts {
  readonly screen: Screen
  readonly link: TerminalLink
}

/** One terminal with its bar. */
export function TerminalPane(
  props: EditorProps & { readonly split: boolean; readonly onSplit: () => void },
) {
  const { project, path, active, settings, onSettings, onTitle } = props
  const { terminalFontSizePx = FONT_SIZE_PX, terminalTheme: choice = 'system' } =
    useObservable(settings)
  const theme = terminalTheme(choice, useSystemDark())
  const box = useRef<HTMLDivElement>(null)
  const [parts, setParts] = useState<Parts>()
  const [finding, setFinding] = useState(false)
  const [notice, setNotice] = useState('')
  const link = useObservable(parts?.link.state ?? NOTHING)

  useEffect(() => {
    const element = box.current
    if (!element) return undefined
    const opened = openParts({
      element,
      project,
      path,
      theme,
      fontSizePx: terminalFontSizePx,
      setNotice,
      setFinding,
    })
    setParts(opened)
    return () => {
      opened.link.close()
      opened.screen.dispose()
    }
    // oxlint-disable-next-line react/exhaustive-deps -- theme and size are applied to the open terminal below
  }, [project, path])

  useEffect(() => {
    if (!parts) return
    applyLook(parts.screen, theme, terminalFontSizePx)
    applySize(parts, parts.link.state.get())
  }, [
    parts,
    theme,
    terminalFontSizePx,
    link.terminal?.rows,
    link.terminal?.columns,
    link.terminal?.sizeOwner,
  ])

  useEffect(() => {
    const element = box.current
    if (!parts || !element || !active) return undefined
    const observer = new ResizeObserver(() => applySize(parts, parts.link.state.get()))
    observer.observe(element)
    parts.screen.terminal.focus()
    return () => observer.disconnect()
  }, [parts, active])

  useEffect(() => {
    if (link.kind === 'open' && link.awayMs !== undefined)
      setNotice(`— reconnected after ${Math.max(1, Math.round(link.awayMs / 1000))} s —`)
  }, [link.kind, link.awayMs])

  const title = link.terminal?.title
  useEffect(() => {
    if (title) onTitle(title)
    // oxlint-disable-next-line react/exhaustive-deps -- told once, not with each new function
  }, [title])

  return (
    <section className="term-pane" aria-label={`Terminal ${path}`}>
      <TerminalBar
        link={link}
        fontSizePx={terminalFontSizePx}
        theme={choice}
        split={props.split}
        onFind={() => setFinding(true)}
        onCopy={() => void copySelection(parts, setNotice)}
        onPaste={() => void pasteClipboard(parts, setNotice)}
        onSplit={props.onSplit}
        onFontSize={(sizePx) => onSettings({ terminalFontSizePx: sizePx })}
        onTheme={(terminalTheme) => onSettings({ terminalTheme })}
      />
      {finding && parts && (
        <FindBar
          find={parts.screen.find}
          onClose={() => {
            parts.screen.clearFind()
            setFinding(false)
            parts.screen.terminal.focus()
          }}
        />
      )}
      <div
        className={sizeIsForeign(link) ? 'term-box letterbox' : 'term-box'}
        style={{ background: theme.background }}
        ref={box}
      />
      <TouchKeys onKeys={(keys) => parts?.link.input(new TextEncoder().encode(keys))} />
      <StatusLine link={link} notice={notice} onRetry={() => void parts?.link.open()} />
    </section>
  )
}

function StatusLine(props: {
  readonly link: TerminalLinkState
  readonly notice: string
  readonly onRetry: () => void
}) {
  const { link, notice, onRetry } = props
  if (link.kind === 'refused')
    return (
      <p className="term-status" role="alert">
        {link.message} <button onClick={onRetry}>Retry</button>
      </p>
    )
  const exit = link.terminal?.exitCode
  const words = [
    exit === undefined
      ? ''
      : `The shell has ended with code ${exit}. Press Enter to start a new one.`,
    link.kind === 'lost' ? 'Connection lost. What you type is sent when it is back.' : notice,
  ].filter(Boolean)
  return (
    <p className="term-status" role="status">
      {words.join(' ')}
    </p>
  )
}

function openParts(options: {
  readonly element: HTMLElement
  readonly project: EditorProps['project']
  readonly path: string
  readonly theme: ReturnType<typeof terminalTheme>
  readonly fontSizePx: number
  readonly setNotice: (notice: string) => void
  readonly setFinding: (finding: boolean) => void
}): Parts {
  const { element, project, path, theme, fontSizePx, setNotice } = options
  const owns = (): boolean => {
    return !sizeIsForeign(link.state.get())
  }
  const screen = createScreen({ element, theme, fontSizePx, answers: owns })
  const fitting = screen.fitting()
  if (fitting) screen.terminal.resize(fitting.columns, fitting.rows)
  const link = new TerminalLink({
    project,
    path,
    screen: { ...screen, size: () => screen.fitting() ?? screen.size() },
    now: () => Date.now(),
  })
  const encoder = new TextEncoder()
  const input = (bytes: Uint8Array): void => {
    if (!link.input(bytes)) setNotice('Too much waits for the connection: this was not typed.')
    else setNotice('')
  }
  screen.terminal.onData((data) => input(encoder.encode(data)))
  screen.terminal.onBinary((data) =>
    input(Uint8Array.from(data, (character) => character.charCodeAt(0))),
  )
  screen.terminal.attachCustomKeyEventHandler((event) => {
    if (event.type !== 'keydown' || !event.ctrlKey || !event.shiftKey) return true
    // Ctrl-Shift-V is the browser's paste, which xterm.js takes.
    if (event.key === 'V') return false
    if (event.key === 'F') options.setFinding(true)
    else if (event.key === 'C') void copySelection({ screen, link }, setNotice)
    else return true
    event.preventDefault()
    return false
  })
  return { screen, link }
}

/** Whether another person's window rules the size. */
function sizeIsForeign({ terminal, client }: TerminalLinkState): boolean {
  return terminal?.sizeOwner !== undefined && terminal.sizeOwner !== client
}

function applyLook({ terminal }: Screen, theme: ITheme, fontSizePx: number): void {
  terminal.options.theme = theme
  terminal.options.fontSize = fontSizePx
}

/** Own size where this person's window rules, and the owner's otherwise, with the rest of the tab empty. */
function applySize(parts: Parts, link: TerminalLinkState): void {
  const fitting = parts.screen.fitting()
  if (!fitting) return
  const { terminal: shell } = link
  const size = shell && sizeIsForeign(link) ? { rows: shell.rows, columns: shell.columns } : fitting
  const { terminal } = parts.screen
  if (terminal.rows !== size.rows || terminal.cols !== size.columns)
    terminal.resize(size.columns, size.rows)
  parts.link.resize(fitting.rows, fitting.columns)
}

async function copySelection(
  parts: Parts | undefined,
  setNotice: (notice: string) => void,
): Promise<void> {
  const text = parts?.screen.terminal.getSelection()
  if (!text) return setNotice('Select something to copy first.')
  try {
    await navigator.clipboard.writeText(text)
    setNotice('Copied.')
  } catch (error) {
    setNotice(`Could not copy: ${error instanceof Error ? error.message : String(error)}`)
  }
}

async function pasteClipboard(
  parts: Parts | undefined,
  setNotice: (notice: string) => void,
): Promise<void> {
  try {
    parts?.screen.terminal.paste(await navigator.clipboard.readText())
    parts?.screen.terminal.focus()
  } catch (error) {
    setNotice(
      `The browser does not let the page read the clipboard; press Ctrl-Shift-V. (${error instanceof Error ? error.name : 'refused'})`,
    )
  }
}
