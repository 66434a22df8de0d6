import { Tabs } from '@base-ui/react/tabs'
import type { ReactNode } from 'react'

import { FileBrowser } from '../files/file-browser.tsx'
import { useObservable } from '../ui/use-observable.ts'
import type { OpenProject } from './open-project.ts'
import { PeoplePanel } from './people-panel.tsx'
import { SettingsPanel } from './settings-panel.tsx'

interface ProjectPanelProps {
  readonly open: OpenProject
  readonly current: string | undefined
  readonly onOpen: (path: string) => void
}

/** The panel at the left: files, people, settings. */
export function ProjectPanel({ open, current, onOpen }: ProjectPanelProps): ReactNode {
  const state = useObservable(open.connection.state)
  const role = state.kind === 'open' ? state.role : undefined
  return (
    <aside className="panel" aria-label="Project">
      <Tabs.Root className="panel-tabs" defaultValue="files">
        <Tabs.List className="tab-row" aria-label="Panel">
          <Tabs.Tab className="tab-button" value="files">
            Files
          </Tabs.Tab>
          <Tabs.Tab className="tab-button" value="people">
            People
          </Tabs.Tab>
          <Tabs.Tab className="tab-button" value="settings">
            Settings
          </Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel className="panel-body" value="files" keepMounted>
          <FileBrowser
            project={open.connection}
            uploads={open.uploads}
            readOnly={role === undefined || role === 'viewer'}
            current={current}
            folder={open.folder}
            onOpen={onOpen}
          />
        </Tabs.Panel>
        <Tabs.Panel className="panel-body" value="people">
          <PeoplePanel projectId={open.connection.projectId} />
        </Tabs.Panel>
        <Tabs.Panel className="panel-body" value="settings">
          <SettingsPanel project={open.connection} />
        </Tabs.Panel>
      </Tabs.Root>
    </aside>
  )
}
