import { useEffect, useState } from 'react'
import type { ReactNode } from 'react'

import { Progress } from '../ui/notes.tsx'
import { useObservable } from '../ui/use-observable.ts'
import { useServices } from './services.ts'

/** Before this long, saying that we connect would only flicker. */
const QUIET_MS = 700

/** The page before the hub has answered for the first time. */
export function FirstConnection(): ReactNode {
  const { connection } = useServices()
  const { kind } = useObservable(connection.state)
  const [quiet, setQuiet] = useState(true)
  useEffect(() => {
    const timer = setTimeout(() => setQuiet(false), QUIET_MS)
    return () => clearTimeout(timer)
  }, [])
  if (quiet || kind === 'old_version') return <main className="page" />
  return (
    <main className="page">
      {kind === 'offline' ? (
        <p>This device is offline. The page goes on by itself when the network is back.</p>
      ) : (
        <Progress>Connecting to the server</Progress>
      )}
    </main>
  )
}
