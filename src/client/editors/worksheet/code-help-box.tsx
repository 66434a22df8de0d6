import { pythonLanguage } from '@codemirror/lang-python'

import type { CellId } from '../../../sync/change.ts'
import { useObservable } from '../../ui/use-observable.ts'
import type { WorksheetActions } from './actions.ts'
import { StaticCode } from './outputs/static-code.tsx'

/** Help or source of what stands at the cursor, under the input that asked. */
export function CodeHelpBox(props: { readonly actions: WorksheetActions; readonly cell: CellId }) {
  const { actions, cell } = props
  const help = useObservable(actions.help)
  if (help?.cell !== cell) return null
  const close = (): void => {
    actions.help.set(undefined)
    actions.views.get(cell)?.focus()
  }
  return (
    <div className="ws-help" role="region" aria-label="Help on the code">
      <button type="button" className="ws-link" onClick={close}>
        Close
      </button>
      <pre tabIndex={0}>
        <StaticCode
          text={help.text}
          language={help.language === 'python' ? pythonLanguage : undefined}
        />
      </pre>
    </div>
  )
}
