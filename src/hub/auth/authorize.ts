import type { Role } from '../../messages/ids.ts'

const RANK: Readonly<Record<Role, number>> = { owner: 3, editor: 2, viewer: 1 }

/** Whether a role may do what another may. */
export function mayAs(role: Role, needed: Role): boolean {
  return RANK[role] >= RANK[needed]
}
