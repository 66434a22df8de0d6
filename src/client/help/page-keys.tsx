import type { ReactNode } from 'react'

import type { Page } from '../app/router.ts'
import { useServices } from '../app/services.ts'
import { editorKindOf } from '../editors/registry.ts'
import { useObservable } from '../ui/use-observable.ts'
import { KEY_GROUPS } from './keys.ts'
import type { KeyGroup } from './keys.ts'

/** The keys that count on the page that is open. */
export function PageKeys(): ReactNode {
  const { router } = useServices()
  const places = placesOf(useObservable(router.page))
  return (
    <>
      {KEY_GROUPS.filter((group) => places.includes(group.where)).map((group) => (
        <KeyTable key={group.title} group={group} />
      ))}
    </>
  )
}

function placesOf(page: Page): KeyGroup['where'][] {
  if (page.kind !== 'project') return ['everywhere']
  if (page.path === undefined || page.path === '') return ['files', 'everywhere']
  return [editorKindOf(page.path).name, 'files', 'everywhere']
}

export function KeyTable({ group }: { readonly group: KeyGroup }): ReactNode {
  return (
    <section className="section">
      <h3>{group.title}</h3>
      <dl className="facts">
        {group.keys.map(({ keys, does }) => (
          <div className="fact-row" key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </section>
  )
}
