import type { ReactNode } from 'react'

import type { Person } from '../../messages/presence.ts'
import { nameOf } from '../files/paths.ts'
import { Avatar } from '../ui/avatar.tsx'
import { Menu } from '../ui/menu.tsx'
import { useObservable } from '../ui/use-observable.ts'
import type { OpenProject } from './open-project.ts'

/** So many people are shown by their initials; the others are counted. */
const PEOPLE_SHOWN = 5

interface PresenceListProps {
  readonly open: OpenProject
  readonly onOpen: (path: string) => void
}

/** Who else has the project open; a click goes to where they are. */
export function PresenceList({ open, onOpen }: PresenceListProps): ReactNode {
  const { self, people } = useObservable(open.presence)
  const others = people.filter((person) => person.client !== self)
  if (others.length === 0) return null
  const goTo = (person: Person): void => {
    if (person.path === undefined) return
    onOpen(person.path)
    open.goTo.set({ client: person.client })
  }
  const shown = others.slice(0, PEOPLE_SHOWN)
  return (
    <fieldset className="presence plain" aria-label="People here">
      {shown.map((person) => (
        <button
          key={person.client}
          className="icon-button presence-person"
          title={whereText(person)}
          aria-label={whereText(person)}
          onClick={() => goTo(person)}
        >
          <Avatar name={person.name} color={person.color} />
        </button>
      ))}
      <Menu
        className={`button button-quiet presence-menu ${others.length > shown.length ? '' : 'presence-few'}`}
        name={`People here: ${others.length}`}
        button={others.length > shown.length ? `+${others.length - shown.length}` : others.length}
        items={others.map((person) => ({
          label: whereText(person),
          run: () => goTo(person),
          disabled: person.path === undefined,
        }))}
      />
    </fieldset>
  )
}

function whereText(person: Person): string {
  return person.path === undefined ? person.name : `${person.name}, in ${nameOf(person.path)}`
}
