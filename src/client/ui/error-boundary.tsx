import { Component } from 'react'
import type { ReactNode } from 'react'

import { errorText } from '../app/error-text.ts'
import { ErrorNote } from './notes.tsx'

interface ErrorBoundaryProps {
  /** What could not be shown, in a few words. */
  readonly what: string
  /** Before it is tried again. */
  readonly onRetry?: () => void
  readonly children: ReactNode
}

/** What fails inside, or whose code could not be loaded (the pages were built anew meanwhile), takes nothing else with it. */
export class ErrorBoundary extends Component<ErrorBoundaryProps, { readonly error?: unknown }> {
  override state: { readonly error?: unknown } = {}

  static getDerivedStateFromError(error: unknown): { error: unknown } {
    return { error }
  }

  override render(): ReactNode {
    if (this.state.error === undefined) return this.props.children
    return (
      <div className="page">
        <ErrorNote text={`Could not show ${this.props.what}: ${errorText(this.state.error)}`} />
        <p>What you typed is kept in this browser.</p>
        <div className="row">
          <button
            className="button"
            onClick={() => {
              this.props.onRetry?.()
              this.setState({ error: undefined })
            }}
          >
            Try again
          </button>
          <button className="button" onClick={() => location.reload()}>
            Load the page again
          </button>
        </div>
      </div>
    )
  }
}
