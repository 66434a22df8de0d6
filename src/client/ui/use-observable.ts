import { useSyncExternalStore } from 'react'

import type { Observable } from '../app/observable.ts'

/** The present value; the component renders again when it changes. */
export function useObservable<T>(observable: Observable<T>): T {
  return useSyncExternalStore(observable.subscribe, () => observable.get())
}

/** A part of the value, by identity: the component renders again only when that part changes. */
export function useSelected<T, Part>(observable: Observable<T>, select: (value: T) => Part): Part {
  return useSyncExternalStore(observable.subscribe, () => select(observable.get()))
}
