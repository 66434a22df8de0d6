export interface KeyHelp {
  readonly keys: string
  readonly does: string
}

export interface KeyGroup {
  readonly title: string
  /** Where they count: everywhere, or while a file of this kind is shown. */
  readonly where: 'everywhere' | 'files' | 'worksheet' | 'text' | 'terminal'
  readonly keys: readonly KeyHelp[]
}

export const KEY_GROUPS: readonly KeyGroup[] = [
  {
    title: 'Everywhere',
    where: 'everywhere',
    keys: [
      { keys: 'F1', does: 'the keys of this page' },
      { keys: 'Tab', does: 'to the next control' },
      { keys: 'Escape', does: 'close a dialog or a menu' },
    ],
  },
  {
    title: 'Files',
    where: 'files',
    keys: [
      { keys: '↑ ↓', does: 'go through the list' },
      { keys: 'Enter', does: 'open' },
      { keys: 'Backspace', does: 'to the folder above' },
      { keys: 'Space', does: 'select' },
      { keys: 'F2', does: 'rename' },
      { keys: 'Delete', does: 'move to the trash' },
    ],
  },
  {
    title: 'Worksheet',
    where: 'worksheet',
    keys: [
      { keys: 'Shift-Enter', does: 'run the cell and go to the next' },
      { keys: 'Alt-Enter', does: 'run the cell and stay' },
      { keys: 'Ctrl-Enter', does: 'split the cell and run' },
      { keys: 'Ctrl-;', does: 'split the cell' },
      { keys: 'Tab', does: 'complete' },
      { keys: 'Shift-Tab', does: 'help for what is at the cursor' },
      { keys: 'Ctrl-\\', does: 'hide or show the input' },
      { keys: 'Ctrl-Shift-\\', does: 'hide or show the output' },
      { keys: 'Ctrl-Shift-C', does: 'interrupt' },
      { keys: 'Ctrl-S', does: 'save now' },
      { keys: 'Ctrl-/', does: 'comment' },
    ],
  },
  {
    title: 'Text editor',
    where: 'text',
    keys: [
      { keys: 'Ctrl-S', does: 'save now' },
      { keys: 'Ctrl-F', does: 'find and replace' },
      { keys: 'Ctrl-/', does: 'comment' },
      { keys: 'Ctrl-Z', does: 'undo your last change' },
      { keys: 'Escape, then Tab', does: 'leave the editor' },
    ],
  },
  {
    title: 'Terminal',
    where: 'terminal',
    keys: [
      { keys: 'Ctrl-Shift-C', does: 'copy' },
      { keys: 'Ctrl-Shift-V', does: 'paste' },
      { keys: 'Ctrl-Shift-F', does: 'find' },
    ],
  },
]
