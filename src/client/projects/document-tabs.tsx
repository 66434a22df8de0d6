import type { KeyboardEvent, ReactNode } from 'react'

import { nameOf } from '../files/paths.ts'
import { Menu } from '../ui/menu.tsx'
import { useObservable } from '../ui/use-observable.ts'
import type { OpenProject } from './open-project.ts'
import type { Tab } from './open-tabs.ts'

interface DocumentTabsProps {
  readonly open: OpenProject
  readonly current: string | undefined
  readonly onOpen: (path: string | undefined) => void
}

/** The id that a tab and its panel are tied by. */
export function panelId(path: string): string {
  return `document-${encodeURIComponent(path)}`
}

function titleOf(tab: Tab): string {
  return tab.title ?? nameOf(tab.path)
}

/** The open documents: tabs, and a list where the page is narrow. */
export function DocumentTabs({ open, current, onOpen }: DocumentTabsProps): ReactNode {
  const tabs = useObservable(open.tabs.list)
  if (tabs.length === 0) return <div className="tabs" />
  const close = (path: string): void => {
    const next = open.tabs.close(path)
    if (path === current) onOpen(next)
  }
  const shown = tabs.find((tab) => tab.path === current)
  return (
    <>
      <div className="tabs" role="tablist" aria-label="Open documents">
        {tabs.map((tab) => (
          <span key={tab.path} className="tab" data-current={tab.path === current || undefined}>
            <button
              role="tab"
              className="tab-title"
              title={tab.path}
              aria-selected={tab.path === current}
              aria-controls={panelId(tab.path)}
              tabIndex={tab.path === (current ?? tabs[0]?.path) ? 0 : -1}
              onClick={() => onOpen(tab.path)}
              onKeyDown={moveFocus}
            >
              {titleOf(tab)}
            </button>
            <button
              className="tab-close"
              aria-label={`Close ${titleOf(tab)}`}
              onClick={() => close(tab.path)}
            >
              <span aria-hidden="true">✕</span>
            </button>
          </span>
        ))}
      </div>
      <div className="tab-menu">
        <Menu
          className="button"
          name="Open documents"
          button={<span className="tab-menu-text">{shown ? titleOf(shown) : 'Documents'} ▾</span>}
          items={[
            ...tabs.map((tab) => ({ label: tab.path, run: () => onOpen(tab.path) })),
            ...(shown
              ? ([
                  'separator',
                  { label: `Close ${titleOf(shown)}`, run: () => close(shown.path) },
                ] as const)
              : []),
          ]}
        />
      </div>
    </>
  )
}

/** Arrow keys go through the tabs, as everywhere. */
function moveFocus(event: KeyboardEvent<HTMLElement>): void {
  const steps: Record<string, number> = { ArrowRight: 1, ArrowLeft: -1 }
  const step = steps[event.key]
  const list = event.currentTarget.closest('[role=tablist]')
  if (step === undefined || !list) return
  const tabs = [...list.querySelectorAll<HTMLElement>('[role=tab]')]
  const next = tabs[(tabs.indexOf(event.currentTarget) + step + tabs.length) % tabs.length]
  event.preventDefault()
  next?.focus()
  next?.click()
}
