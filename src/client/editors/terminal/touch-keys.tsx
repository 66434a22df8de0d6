/** Keys that a touch keyboard lacks, as a terminal is sent them. Shown only where the pointer is coarse. */
const KEYS = [
  ['Esc', '\u001b'],
  ['Tab', '\t'],
  ['Ctrl-C', '\u0003'],
  ['Ctrl-D', '\u0004'],
  ['↑', '\u001b[A'],
  ['↓', '\u001b[B'],
  ['←', '\u001b[D'],
  ['→', '\u001b[C'],
] as const

const NAMES: Readonly<Record<string, string>> = {
  '↑': 'Up',
  '↓': 'Down',
  '←': 'Left',
  '→': 'Right',
}

export function TouchKeys(props: { readonly onKeys: (keys: string) => void }) {
  return (
    <div className="term-keys" role="group" aria-label="Keys">
      {KEYS.map(([label, keys]) => (
        <button
          key={label}
          type="button"
          aria-label={NAMES[label] ?? label}
          // The terminal keeps the focus, so that the touch keyboard stays.
          onPointerDown={(event) => event.preventDefault()}
          onClick={() => props.onKeys(keys)}
        >
          {label}
        </button>
      ))}
    </div>
  )
}
