import type { ReactNode } from 'react'

import type { EditorSettings } from '../../messages/account.ts'
import { useServices } from '../app/services.ts'
import { useSettings } from '../app/use-settings.ts'
import { CheckField, ChoiceField } from '../ui/field.tsx'
import { ErrorNote } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'

const FONT_SIZES = [12, 13, 14, 15, 16, 18, 20, 24]
const INDENTS = [2, 4, 8]

function numbers(values: readonly number[], unit: string): [string, string][] {
  return values.map((value) => [String(value), `${value} ${unit}`])
}

function themeOf(value: string): NonNullable<EditorSettings['terminalTheme']> {
  return value === 'dark' || value === 'light' ? value : 'system'
}

export function EditorSettingsSection(): ReactNode {
  const { session } = useServices()
  const settings = useObservable(session.settings)
  const { change, error } = useSettings()
  return (
    <section className="section" aria-labelledby="editor">
      <h2 id="editor">Editor</h2>
      <div className="form narrow">
        <CheckField
          label="Enter runs a cell"
          hint="Shift-Enter then begins a new line."
          checked={settings.enterRuns ?? false}
          onChecked={(enterRuns) => change({ enterRuns })}
        />
        <CheckField
          label="Show the worksheet toolbar"
          checked={settings.toolbar ?? true}
          onChecked={(toolbar) => change({ toolbar })}
        />
        <ChoiceField
          label="Size of text in editors"
          value={String(settings.fontSizePx ?? 14)}
          choices={numbers(FONT_SIZES, 'px')}
          onValue={(value) => change({ fontSizePx: Number(value) })}
        />
        <ChoiceField
          label="Indent by"
          value={String(settings.indentSpaces ?? 4)}
          choices={numbers(INDENTS, 'spaces')}
          onValue={(value) => change({ indentSpaces: Number(value) })}
        />
        <ChoiceField
          label="Size of text in terminals"
          value={String(settings.terminalFontSizePx ?? 14)}
          choices={numbers(FONT_SIZES, 'px')}
          onValue={(value) => change({ terminalFontSizePx: Number(value) })}
        />
        <ChoiceField
          label="Colours of terminals"
          value={settings.terminalTheme ?? 'system'}
          choices={[
            ['system', 'As the system'],
            ['dark', 'Dark'],
            ['light', 'Light'],
          ]}
          onValue={(value) => change({ terminalTheme: themeOf(value) })}
        />
        <ErrorNote text={error} />
      </div>
    </section>
  )
}
