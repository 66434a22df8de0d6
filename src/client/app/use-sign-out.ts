import { post } from './api.ts'
import { useServices } from './services.ts'

/** Keeps what is unsent, ends the session, and goes to the first page. */
export function useSignOut(): (options?: { everywhere: boolean }) => Promise<void> {
  const { connection, router, saveStates } = useServices()
  return async (options) => {
    await saveStates.keepEverything()
    await post('sign_out', options ?? {})
    router.go({ kind: 'home' })
    await connection.restart()
  }
}
