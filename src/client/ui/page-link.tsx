import type { MouseEvent, ReactNode } from 'react'

import type { Page } from '../app/router.ts'
import { useServices } from '../app/services.ts'

interface PageLinkProps {
  readonly to: Page
  readonly className?: string
  readonly children: ReactNode
  readonly label?: string
}

/** A link to a page: a plain click stays in the app, anything else is the browser's. */
export function PageLink({ to, className, children, label }: PageLinkProps): ReactNode {
  const { router } = useServices()
  const click = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
      return
    event.preventDefault()
    router.go(to)
  }
  return (
    <a href={router.href(to)} className={className} aria-label={label} onClick={click}>
      {children}
    </a>
  )
}
