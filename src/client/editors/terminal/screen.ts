import { FitAddon } from '@xterm/addon-fit'
import { SearchAddon } from '@xterm/addon-search'
import { Terminal } from '@xterm/xterm'
import type { IDisposable, ITheme } from '@xterm/xterm'

import type { TerminalScreen } from './terminal-link.ts'

/** Lines that can be scrolled back to; each costs about 1 kB of memory at 100 columns. */
const SCROLLBACK_LINES = 5000

const SEARCH_COLORS = {
  matchBackground: '#7a5c00',
  matchOverviewRuler: '#c69026',
  activeMatchBackground: '#b35900',
  activeMatchColorOverviewRuler: '#ff9b38',
} as const

/** xterm.js with what a shared terminal needs. */
export interface Screen extends TerminalScreen {
  readonly terminal: Terminal
  /** The size that fits the element, or undefined while it is hidden. */
  readonly fitting: () => { readonly rows: number; readonly columns: number } | undefined
  readonly find: (text: string, direction: 'next' | 'previous') => boolean
  readonly clearFind: () => void
  readonly dispose: () => void
}

export function createScreen(options: {
  readonly element: HTMLElement
  readonly theme: ITheme
  readonly fontSizePx: number
  /** Whether this page answers what programs ask of a terminal: of all who watch, one may. */
  readonly answers: () => boolean
}): Screen {
  const terminal = new Terminal({
    theme: options.theme,
    fontSize: options.fontSizePx,
    fontFamily: 'ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace',
    scrollback: SCROLLBACK_LINES,
    cursorBlink: false,
    allowProposedApi: true,
    minimumContrastRatio: 4.5,
    macOptionIsMeta: true,
    linkHandler: { activate: (_event, uri) => openLink(uri) },
  })
  const fit = new FitAddon()
  const search = new SearchAddon()
  terminal.loadAddon(fit)
  terminal.loadAddon(search)
  terminal.open(options.element)
  let restoring = 0
  const quiet = silenceQueries(terminal, () => restoring === 0 && options.answers())
  return {
    terminal,
    write: (bytes, done) => terminal.write(bytes, done),
    restore: (bytes, done) => {
      restoring++
      terminal.reset()
      terminal.write(bytes, () => {
        restoring--
        done()
      })
    },
    size: () => ({ rows: terminal.rows, columns: terminal.cols }),
    fitting: () => {
      const size = fit.proposeDimensions()
      return size && Number.isFinite(size.rows) && Number.isFinite(size.cols)
        ? { rows: clamp(size.rows, 1, 500), columns: clamp(size.cols, 2, 1000) }
        : undefined
    },
    find: (text, direction) =>
      direction === 'next'
        ? search.findNext(text, { decorations: SEARCH_COLORS })
        : search.findPrevious(text, { decorations: SEARCH_COLORS }),
    clearFind: () => search.clearDecorations(),
    dispose: () => {
      for (const part of quiet) part.dispose()
      terminal.dispose()
    },
  }
}

/**
 * Programs ask a terminal what it is and where its cursor stands, and it answers as if typed. With five people
 * watching, five answers would reach the program, and a restored screen would ask again: only one page answers,
 * and only what is asked now.
 */
function silenceQueries(terminal: Terminal, mayAnswer: () => boolean): IDisposable[] {
  const swallow = (): boolean => !mayAnswer()
  const { parser } = terminal
  return [
    parser.registerCsiHandler({ final: 'c' }, swallow),
    parser.registerCsiHandler({ prefix: '>', final: 'c' }, swallow),
    parser.registerCsiHandler({ prefix: '=', final: 'c' }, swallow),
    parser.registerCsiHandler({ final: 'n' }, swallow),
    parser.registerCsiHandler({ prefix: '?', final: 'n' }, swallow),
    parser.registerCsiHandler({ intermediates: '$', final: 'p' }, swallow),
    parser.registerCsiHandler({ prefix: '?', intermediates: '$', final: 'p' }, swallow),
    parser.registerDcsHandler({ intermediates: '$', final: 'q' }, swallow),
    ...[4, 10, 11, 12].map((id) =>
      parser.registerOscHandler(id, (data) => data.includes('?') && swallow()),
    ),
    // Writing to the clipboard from a program's output is refused.
    parser.registerOscHandler(52, () => true),
  ]
}

/** Only what a browser may open: a program's output can name any address. */
function openLink(uri: string): void {
  if (/^https?:\/\//i.test(uri)) window.open(uri, '_blank', 'noopener,noreferrer')
}

function clamp(value: number, least: number, most: number): number {
  return Math.max(least, Math.min(most, value))
}
