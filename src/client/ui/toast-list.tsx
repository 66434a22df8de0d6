import type { ReactNode } from 'react'

import type { Toasts } from '../app/toasts.ts'
import { useObservable } from './use-observable.ts'

/** The toasts, read out as they come. */
export function ToastList({ toasts }: { readonly toasts: Toasts }): ReactNode {
  const list = useObservable(toasts.list)
  return (
    <section className="toasts" aria-label="Notifications" aria-live="polite">
      {list.map(({ id, text, action }) => (
        <div key={id} className="toast">
          <span>{text}</span>
          {action && (
            <button
              className="button button-quiet"
              onClick={() => {
                toasts.close(id)
                action.run()
              }}
            >
              {action.label}
            </button>
          )}
          <button className="icon-button" aria-label="Dismiss" onClick={() => toasts.close(id)}>
            <span aria-hidden="true">✕</span>
          </button>
        </div>
      ))}
    </section>
  )
}
