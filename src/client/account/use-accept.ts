import { useServices } from '../app/services.ts'

/** Accepts an invitation by its link's token, and goes to its project (to the projects, where it was for an account alone). */
export function useAccept(): (token: string) => Promise<void> {
  const { connection, router } = useServices()
  return async (token) => {
    const { projectId } = await connection.request('accept_invitation', { token })
    router.replace({ kind: 'project', projectId })
  }
}
