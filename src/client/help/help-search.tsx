import { useState } from 'react'
import type { ReactNode } from 'react'

import { useServices } from '../app/services.ts'
import { Field } from '../ui/field.tsx'
import { EmptyState } from '../ui/notes.tsx'
import { KEY_GROUPS } from './keys.ts'
import { searchTopics } from './topics.ts'

/** Searches what is explained in the app, and the keys. */
export function HelpSearch(): ReactNode {
  const { help } = useServices()
  const [query, setQuery] = useState('')
  const topics = searchTopics(query)
  const keys = searchKeys(query)
  return (
    <>
      <Field
        label="Search help"
        type="search"
        value={query}
        onChange={(event) => setQuery(event.target.value)}
      />
      {topics.map((topic) => (
        <details key={topic.title} open={query !== '' && topics.length < 4}>
          <summary>{topic.title}</summary>
          <p>{topic.text}</p>
        </details>
      ))}
      {keys.map(({ keys: press, does, where }) => (
        <p key={`${where} ${press}`}>
          <kbd>{press}</kbd> {does} ({where})
        </p>
      ))}
      {topics.length === 0 && keys.length === 0 && (
        <EmptyState title={`Nothing found for “${query}”`}>
          <button className="button" onClick={() => help.set({ kind: 'open', tab: 'write' })}>
            Ask a person
          </button>
        </EmptyState>
      )}
    </>
  )
}

function searchKeys(query: string): { keys: string; does: string; where: string }[] {
  const text = query.trim().toLowerCase()
  if (text === '') return []
  return KEY_GROUPS.flatMap((group) =>
    group.keys
      .filter(({ keys, does }) => `${keys} ${does}`.toLowerCase().includes(text))
      .map((key) => ({ ...key, where: group.title })),
  )
}
