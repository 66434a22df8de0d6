import { closeBrackets, closeBracketsKeymap } from '@codemirror/autocomplete'
import { defaultKeymap, indentWithTab } from '@codemirror/commands'
import {
  bracketMatching,
  indentOnInput,
  indentUnit,
  syntaxHighlighting,
} from '@codemirror/language'
import { EditorState } from '@codemirror/state'
import type { Extension } from '@codemirror/state'
import {
  EditorView,
  drawSelection,
  dropCursor,
  highlightSpecialChars,
  keymap,
  rectangularSelection,
} from '@codemirror/view'
import { classHighlighter } from '@lezer/highlight'

const INDENT_SPACES = 4

/**
 * What every code editor of the page has. The line separator is `\n` alone: by default CodeMirror splits at CR too
 * and forgets which it was. There is no history here: undo is per person and belongs to the document's session.
 */
export function baseExtensions(): Extension {
  return [
    EditorState.lineSeparator.of('\n'),
    EditorState.allowMultipleSelections.of(true),
    highlightSpecialChars(),
    drawSelection(),
    dropCursor(),
    rectangularSelection(),
    bracketMatching(),
    closeBrackets(),
    indentOnInput(),
    syntaxHighlighting(classHighlighter),
    keymap.of([...closeBracketsKeymap, ...defaultKeymap]),
  ]
}

/** Indentation as the account's settings say. */
export function indentation(spaces: number = INDENT_SPACES): Extension {
  return [indentUnit.of(' '.repeat(spaces)), EditorState.tabSize.of(spaces)]
}

/** Tab indents; Escape and then Tab leaves the editor, as CodeMirror documents for keyboards alone. */
export const tabIndents: Extension = keymap.of([indentWithTab])

/** Whether the text can be changed; a read-only text can still be walked through and copied from. */
export function readOnly(reason: string | undefined): Extension {
  return reason === undefined
    ? []
    : [EditorState.readOnly.of(true), EditorView.contentAttributes.of({ 'aria-readonly': 'true' })]
}
