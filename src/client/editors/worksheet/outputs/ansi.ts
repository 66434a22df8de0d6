/** A run of text in one style. Colours are 0-15, the terminal's palette, drawn by the theme. */
export interface AnsiSpan {
  readonly text: string
  readonly color?: number
  readonly background?: number
  readonly bold?: boolean
  readonly italic?: boolean
  readonly underline?: boolean
}

type Style = Omit<AnsiSpan, 'text'>

/** Control sequences: CSI with its final byte, OSC up to its end, and two-byte escapes. */
const SEQUENCE =
  // oxlint-disable-next-line no-control-regex -- control characters are what is looked for
  /\u001b(?:\[([0-9;:?<=>]*)[ -/]*([@-~])|\][^\u0007\u001b]*(?:\u0007|\u001b\\)?|[@-Z\\^_])/g

/**
 * Text with ANSI colours as spans. A carriage return begins its line anew (progress bars), a backspace removes
 * one character; every other control sequence is dropped, so nothing but text and colour comes out.
 */
export function ansiSpans(text: string): readonly AnsiSpan[] {
  const plain = overwriteLines(text)
  const spans: AnsiSpan[] = []
  let style: Style = {}
  let from = 0
  for (const match of plain.matchAll(SEQUENCE)) {
    pushSpan(spans, plain.slice(from, match.index), style)
    if (match[2] === 'm') style = applyCodes(style, match[1] ?? '')
    from = match.index + match[0].length
  }
  pushSpan(spans, plain.slice(from), style)
  return spans
}

function pushSpan(spans: AnsiSpan[], text: string, style: Style): void {
  if (text) spans.push({ text, ...style })
}

function overwriteLines(text: string): string {
  if (!text.includes('\r') && !text.includes('\b')) return text
  return text
    .replaceAll('\r\n', '\n')
    .split('\n')
    .map((line) => withoutBackspaces(line.slice(line.replace(/\r+$/, '').lastIndexOf('\r') + 1)))
    .join('\n')
}

function withoutBackspaces(line: string): string {
  const kept: string[] = []
  for (const character of line.replace(/\r+$/, '')) {
    if (character === '\b') kept.pop()
    else kept.push(character)
  }
  return kept.join('')
}

function applyCodes(style: Style, codes: string): Style {
  let next = style
  const numbers = codes.split(/[;:]/).map(Number)
  for (let at = 0; at < numbers.length; at++) {
    const code = numbers[at] ?? 0
    // 38 and 48 take a palette index (5;n) or a true colour (2;r;g;b): of those only the first 16 are drawn.
    if (code === 38 || code === 48) {
      const index = numbers[at + 1] === 5 ? numbers[at + 2] : undefined
      if (index !== undefined && index < 16) next = withColor(next, code, index)
      at += numbers[at + 1] === 5 ? 2 : 4
    } else next = applyCode(next, code)
  }
  return next
}

function withColor(style: Style, code: number, index: number): Style {
  return code === 38 ? { ...style, color: index } : { ...style, background: index }
}

function applyCode(style: Style, code: number): Style {
  if (code === 0) return {}
  if (code === 1) return { ...style, bold: true }
  if (code === 3) return { ...style, italic: true }
  if (code === 4) return { ...style, underline: true }
  if (code === 22) return without(style, 'bold')
  if (code === 23) return without(style, 'italic')
  if (code === 24) return without(style, 'underline')
  if (code === 39) return without(style, 'color')
  if (code === 49) return without(style, 'background')
  if (code >= 30 && code <= 37) return { ...style, color: code - 30 }
  if (code >= 90 && code <= 97) return { ...style, color: code - 82 }
  if (code >= 40 && code <= 47) return { ...style, background: code - 40 }
  if (code >= 100 && code <= 107) return { ...style, background: code - 92 }
  return style
}

function without(style: Style, key: keyof Style): Style {
  const { [key]: _removed, ...rest } = style
  return rest
}
