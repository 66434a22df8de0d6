import { useServices } from '../app/services.ts'
import { codeOf } from '../../util/coded-error.ts'

/** Accepts an invitation by its link's token, and goes to its project (to the projects, where it was for an account alone). */
export function useAccept(): (token: string) => Promise<void> {
  const { connection, router } = useServices()
  return async (token) => {
    try {
      const { projectId } = await connection.request('accept_invitation', { token })
      router.replace({ kind: 'project', projectId })
    } catch (error) {
      // It was for an account alone, or is used up: either way there is no project to go to.
      if (!NO_PROJECT.has(codeOf(error) ?? '')) throw error
      router.replace({ kind: 'home' })
    }
  }
}

const NO_PROJECT = new Set(['token_invalid', 'not_found'])
