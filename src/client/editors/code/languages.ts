import { LanguageDescription } from '@codemirror/language'
import type { LanguageSupport } from '@codemirror/language'
import { languages } from '@codemirror/language-data'

/** What students use that CodeMirror's list calls otherwise, by the end of a file's name. */
const ALSO: Readonly<Record<string, string>> = {
  sage: 'Python',
  spyx: 'Cython',
  pyx: 'Cython',
  tex: 'LaTeX',
  sty: 'LaTeX',
  cls: 'LaTeX',
  bib: 'LaTeX',
  rmd: 'Markdown',
  m: 'Octave',
  ipynb: 'JSON',
  jl: 'Julia',
  term: 'Shell',
}

/** The language of a file, by its name; its code is loaded when `load` is called. */
export function languageOfFile(
  path: string,
): { name: string; load: () => Promise<LanguageSupport> } | undefined {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ending = name.slice(name.lastIndexOf('.') + 1).toLowerCase()
  const also = Object.hasOwn(ALSO, ending) ? ALSO[ending] : undefined
  const description =
    (also && LanguageDescription.matchLanguageName(languages, also, true)) ||
    LanguageDescription.matchFilename(languages, name)
  return description ? { name: description.name, load: () => description.load() } : undefined
}
