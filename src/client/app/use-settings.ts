import { useCallback, useState } from 'react'

import type { EditorSettings } from '../../messages/account.ts'
import { errorText } from './error-text.ts'
import { useServices } from './services.ts'

interface SettingsChange {
  readonly change: (change: EditorSettings) => void
  readonly error: string | undefined
}

/** Changes editor settings: here at once, and with the account. */
export function useSettings(): SettingsChange {
  const { connection, session } = useServices()
  const [error, setError] = useState<string | undefined>(undefined)
  const change = useCallback(
    (changed: EditorSettings) => {
      const settings = { ...session.settings.get(), ...changed }
      session.settings.set(settings)
      connection.request('update_account', { settings }).then(
        () => setError(undefined),
        (reason: unknown) => setError(errorText(reason)),
      )
    },
    [connection, session],
  )
  return { change, error }
}
