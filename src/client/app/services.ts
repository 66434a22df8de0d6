import { createContext, useContext } from 'react'

import type { Connection } from '../connection/connection.ts'
import type { HelpDialogState } from '../help/help-state.ts'
import type { ProjectsStore } from '../projects/projects-store.ts'
import type { Value } from './observable.ts'
import type { Router } from './router.ts'
import type { SaveStates } from './save-state.ts'
import type { Session } from './session.ts'
import type { Toasts } from './toasts.ts'

/** What the page is made of: opened once in main.tsx, passed to every component that asks. */
export interface Services {
  readonly connection: Connection
  readonly router: Router
  readonly session: Session
  readonly saveStates: SaveStates
  readonly projects: ProjectsStore
  readonly toasts: Toasts
  readonly help: Value<HelpDialogState>
}

export const ServicesContext = createContext<Services | undefined>(undefined)

export function useServices(): Services {
  const services = useContext(ServicesContext)
  if (!services) throw new Error('bug: a component stands outside ServicesContext')
  return services
}
