import { Tabs } from '@base-ui/react/tabs'
import { lazy, Suspense } from 'react'
import type { ReactNode } from 'react'

import { useServices } from '../app/services.ts'
import { Dialog } from '../ui/dialog.tsx'
import { Progress } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'

const HelpSearch = lazy(async () => ({ default: (await import('./help-search.tsx')).HelpSearch }))
const PageKeys = lazy(async () => ({ default: (await import('./page-keys.tsx')).PageKeys }))
const WriteHelp = lazy(async () => ({ default: (await import('./write-help.tsx')).WriteHelp }))

/** Help on every page: search, keys of this page, and a letter to help@. */
export function HelpDialog({ tab }: { readonly tab: 'search' | 'keys' | 'write' }): ReactNode {
  const { help, session } = useServices()
  const address = useObservable(session.who)?.site.helpAddress ?? 'help@'
  return (
    <Dialog open title="Help" shape="wide" onClose={() => help.set({ kind: 'closed' })}>
      <Tabs.Root className="help-tabs" defaultValue={tab}>
        <Tabs.List className="tab-row" aria-label="Help">
          <Tabs.Tab className="tab-button" value="search">
            Search
          </Tabs.Tab>
          <Tabs.Tab className="tab-button" value="keys">
            Keys of this page
          </Tabs.Tab>
          <Tabs.Tab className="tab-button" value="write">
            Write to help@
          </Tabs.Tab>
        </Tabs.List>
        <Suspense fallback={<Progress>Loading help</Progress>}>
          <Tabs.Panel className="tab-panel" value="search">
            <HelpSearch />
          </Tabs.Panel>
          <Tabs.Panel className="tab-panel" value="keys">
            <PageKeys />
          </Tabs.Panel>
          <Tabs.Panel className="tab-panel" value="write">
            <WriteHelp address={address} />
          </Tabs.Panel>
        </Suspense>
      </Tabs.Root>
    </Dialog>
  )
}
