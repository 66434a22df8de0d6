import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search'
import { Compartment, EditorState } from '@codemirror/state'
import { EditorView, highlightActiveLineGutter, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useLayoutEffect, useRef, useState } from 'react'

import type { OpenDocument } from '../../sync/open-document.ts'
import { remoteCursors } from '../../sync/remote-cursors.ts'
import { syncedText } from '../../sync/synced-text.ts'
import { useObservable, useSelected } from '../../ui/use-observable.ts'
import { baseExtensions, indentation, readOnly, tabIndents } from '../code/base-extensions.ts'
import { languageOfFile } from '../code/languages.ts'
import type { EditorProps } from '../editor.ts'

/** The part that a plain file has. */
const TEXT_PART = ''

/** The text of a plain file, in CodeMirror. */
export function TextView(props: EditorProps & { readonly document: OpenDocument }) {
  const { document, path, active, settings, goTo } = props
  const box = useRef<HTMLDivElement>(null)
  const [view, setView] = useState<EditorView>()
  const [access] = useState(() => new Compartment())
  const [language] = useState(() => new Compartment())
  const [indent] = useState(() => new Compartment())
  const reason = useSelected(document.status, (status) => status.readOnly)
  const { indentSpaces } = useObservable(settings)
  const wanted = useObservable(goTo)

  useLayoutEffect(() => {
    const parent = box.current
    if (!parent) return undefined
    const made = new EditorView({
      parent,
      state: EditorState.create({
        doc: document.text(TEXT_PART).get(),
        extensions: [
          keymap.of([
            { key: 'Mod-s', run: () => saveNow(document), preventDefault: true },
            ...searchKeymap,
          ]),
          baseExtensions(),
          tabIndents,
          lineNumbers(),
          highlightActiveLineGutter(),
          highlightSelectionMatches(),
          search({ top: true }),
          EditorView.lineWrapping,
          EditorView.contentAttributes.of({ 'aria-label': `Text of ${path}` }),
          language.of([]),
          access.of(readOnly(reason)),
          indent.of(indentation(indentSpaces)),
          syncedText(document, TEXT_PART),
          remoteCursors(document, TEXT_PART),
        ],
      }),
    })
    setView(made)
    return () => made.destroy()
    // oxlint-disable-next-line react/exhaustive-deps -- what changes later is given through the compartments below
  }, [document])

  useEffect(() => {
    view?.dispatch({
      effects: [
        access.reconfigure(readOnly(reason)),
        indent.reconfigure(indentation(indentSpaces)),
      ],
    })
  }, [view, reason, indentSpaces, access, indent])

  useEffect(() => {
    let wantedStill = true
    // Without its language the text is shown plain; a chunk that can't be loaded is no reason to fail.
    languageOfFile(path)
      ?.load()
      .then((support) => wantedStill && view?.dispatch({ effects: language.reconfigure(support) }))
      .catch((error: unknown) => console.warn('a language could not be loaded', error))
    return () => {
      wantedStill = false
    }
  }, [view, path, language])

  useEffect(() => {
    if (!view || !active) return
    view.requestMeasure()
    view.focus()
  }, [view, active])

  useEffect(() => {
    const cursor = document.cursors.get().find(({ client }) => client === wanted?.client)
    if (view && wanted && cursor)
      view.dispatch({
        effects: EditorView.scrollIntoView(Math.min(cursor.head, view.state.doc.length), {
          y: 'center',
        }),
      })
  }, [view, wanted, document])

  return <div ref={box} className="text-view" />
}

function saveNow(document: OpenDocument): true {
  // A failed save shows above the text, as the disk's state.
  document.save().catch((error: unknown) => console.warn('not saved', error))
  return true
}
