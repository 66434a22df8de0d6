import type { EditorSettings } from '../../../messages/account.ts'
import type { TerminalLinkState } from './terminal-link.ts'

const FONT_SIZE_MIN = 8
const FONT_SIZE_MAX = 32

export type TerminalThemeChoice = NonNullable<EditorSettings['terminalTheme']>

/** The bar above a terminal: who is there, whose size rules, and what can be done. */
export function TerminalBar(props: {
  readonly link: TerminalLinkState
  readonly fontSizePx: number
  readonly theme: TerminalThemeChoice
  readonly split: boolean
  readonly onFind: () => void
  readonly onCopy: () => void
  readonly onPaste: () => void
  readonly onSplit: () => void
  readonly onFontSize: (sizePx: number) => void
  readonly onTheme: (theme: TerminalThemeChoice) => void
}) {
  const { fontSizePx, onFontSize } = props
  return (
    <div className="term-bar" role="toolbar" aria-label="Terminal">
      <span className="term-people" role="status">
        {peopleInWords(props.link)}
      </span>
      <button type="button" onClick={props.onFind}>
        Find
      </button>
      <button type="button" onClick={props.onCopy}>
        Copy
      </button>
      <button type="button" onClick={props.onPaste}>
        Paste
      </button>
      <button type="button" aria-pressed={props.split} onClick={props.onSplit}>
        Split
      </button>
      <button
        type="button"
        aria-label="Smaller text"
        disabled={fontSizePx <= FONT_SIZE_MIN}
        onClick={() => onFontSize(fontSizePx - 1)}
      >
        A−
      </button>
      <button
        type="button"
        aria-label="Larger text"
        disabled={fontSizePx >= FONT_SIZE_MAX}
        onClick={() => onFontSize(fontSizePx + 1)}
      >
        A+
      </button>
      <select
        aria-label="Theme"
        value={props.theme}
        onChange={(event) => props.onTheme(themeOf(event.target.value))}
      >
        <option value="system">System colours</option>
        <option value="dark">Dark</option>
        <option value="light">Light</option>
      </select>
    </div>
  )
}

function themeOf(value: string): TerminalThemeChoice {
  return value === 'dark' || value === 'light' ? value : 'system'
}

/** Such as `You, Ann (typing) · size of Ann's window`. */
export function peopleInWords(link: TerminalLinkState): string {
  const { terminal, client } = link
  if (link.kind === 'lost') return 'Reconnecting'
  if (link.kind === 'opening' || !terminal) return link.kind === 'refused' ? '' : 'Opening'
  const people = terminal.viewers.map(
    (viewer) =>
      `${viewer.client === client ? 'You' : viewer.name}${viewer.typing ? ' (typing)' : ''}`,
  )
  const owner = terminal.viewers.find((viewer) => viewer.client === terminal.sizeOwner)
  const size =
    owner && owner.client !== client ? ` · size of ${owner.name}’s window; type to use yours` : ''
  return people.length > 1 || size ? people.join(', ') + size : ''
}
