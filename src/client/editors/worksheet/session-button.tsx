import { Popover } from '@base-ui/react/popover'

import type { WorksheetSession } from '../../../messages/worksheets.ts'

/** Which Sage runs, or that it is plain Python; opens what there is to know about it. */
export function SessionButton(props: { readonly session: WorksheetSession | undefined }) {
  const { session } = props
  const label = sessionLabel(session)
  return (
    <Popover.Root>
      <Popover.Trigger className={`ws-session ws-session-${session?.state ?? 'unknown'}`}>
        {label}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Positioner sideOffset={4} align="start" className="ws-popup-layer">
          <Popover.Popup className="ws-popup ws-session-panel">
            <Popover.Title>{session?.version ?? label}</Popover.Title>
            <Popover.Description>{sessionInWords(session)}</Popover.Description>
            {session?.message && <p>{session.message}</p>}
            {session?.remedy && (
              <p>
                What to do: <code>{session.remedy}</code>
              </p>
            )}
          </Popover.Popup>
        </Popover.Positioner>
      </Popover.Portal>
    </Popover.Root>
  )
}

/** Such as `SageMath 9.5`, `Python 3.11`, or what it is doing. */
export function sessionLabel(session: WorksheetSession | undefined): string {
  if (!session) return 'Not connected'
  if (session.state === 'preparing') return 'Preparing Python'
  if (session.state === 'failed') return 'Can’t run'
  const name =
    session.version?.split(' with ')[0] ?? (session.mode === 'sage' ? 'SageMath' : 'Python')
  return session.state === 'starting' ? `${name}, starting` : name
}

function sessionInWords(session: WorksheetSession | undefined): string {
  if (!session) return 'What runs the cells is known once the worksheet is connected.'
  const engine =
    session.mode === 'python'
      ? 'Plain Python runs this worksheet: Sage is not installed here. Write ** for powers and import what you need.'
      : 'Sage runs this worksheet.'
  switch (session.state) {
    case 'preparing':
      return 'What runs the cells is being installed. Text, terminals and sharing work meanwhile.'
    case 'failed':
      return 'What runs the cells could not be started.'
    case 'stopped':
      return `${engine} It starts when a cell is run.`
    case 'starting':
      return `${engine} It is starting.`
    case 'ready':
      return `${engine} It is ready.`
  }
}
