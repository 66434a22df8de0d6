import type { NoticeOf } from '../../messages/define.ts'
import type { localHubToHubNotices } from '../../messages/hub-local-hub.ts'

type Told = NoticeOf<typeof localHubToHubNotices, 'documents_counted'>

/**
 * What local hubs told of their documents. Each tells one of the hubs that are linked with it, and what it did since it
 * told last: the sum over all hubs is right.
 */
export class DocumentCounts {
  readonly #standing = new Map<object, Pick<Told, 'open' | 'threads'>>()
  #total: Omit<Told, 'open' | 'threads'> = {
    turns: 0,
    moves: 0,
    threadsLost: 0,
    divergences: 0,
    longestTurnMs: 0,
  }

  add(link: object, told: Told): void {
    this.#standing.set(link, told)
    const total = this.#total
    this.#total = {
      turns: total.turns + told.turns,
      moves: total.moves + told.moves,
      threadsLost: total.threadsLost + told.threadsLost,
      divergences: total.divergences + told.divergences,
      longestTurnMs: Math.max(total.longestTurnMs, told.longestTurnMs),
    }
  }

  /** The link has ended: what is open there another hub is told, if there is one. */
  forget(link: object): void {
    this.#standing.delete(link)
  }

  get now(): Told {
    const all = [...this.#standing.values()]
    return {
      ...this.#total,
      open: all.reduce((sum, { open }) => sum + open, 0),
      threads: all.reduce((sum, { threads }) => sum + threads, 0),
    }
  }
}
