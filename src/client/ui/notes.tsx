import type { ReactNode } from 'react'

/** A failure, said where the person is looking; nothing while there is none. */
export function ErrorNote({ text }: { readonly text: string | undefined }): ReactNode {
  if (text === undefined) return null
  return (
    <p className="note note-error" role="alert">
      {text}
    </p>
  )
}

/** Something went well, or is worth knowing. */
export function InfoNote({ children }: { readonly children: ReactNode }): ReactNode {
  return <output className="note">{children}</output>
}

/** What is being done, where it takes longer than a blink. */
export function Progress({ children }: { readonly children: ReactNode }): ReactNode {
  return (
    <output className="progress">
      <span className="spinner" aria-hidden="true" />
      {children}
    </output>
  )
}

interface EmptyStateProps {
  readonly title: string
  readonly children: ReactNode
}

/** A list with nothing in it: what it is for, and the next step as a button. */
export function EmptyState({ title, children }: EmptyStateProps): ReactNode {
  return (
    <div className="empty">
      <p className="empty-title">{title}</p>
      {children}
    </div>
  )
}
