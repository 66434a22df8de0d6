import type { HubBeat } from '../../messages/hub-to-hub.ts'

/** How a hub says that it stands, beside its name. */
export type HubFigures = Pick<HubBeat, 'draining' | 'clients'>

/** The hubs that share the bus. */
export interface Roster {
  /** The others, as they said last. */
  readonly others: readonly HubBeat[]
  /** Whether this hub does what one hub does for all: of those that are heard, the first by name. */
  readonly isSteward: boolean
  /** Calls back when a hub has come, gone, or begun to drain. */
  onChange(changed: () => void): () => void
  /** What the others are told of this hub from now on. */
  describe(figures: () => HubFigures): void
}

/** Of a hub that is alone. */
export const ALONE: Roster = {
  others: [],
  isSteward: true,
  onChange: () => () => undefined,
  describe: () => undefined,
}
