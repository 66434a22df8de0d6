import type { Role } from '../../messages/ids.ts'

const WORDS: Record<Role, string> = { owner: 'Owner', editor: 'Editor', viewer: 'Viewer' }

export function roleWords(role: Role): string {
  return WORDS[role]
}

/** A role from a list's value: what is not one is the least. */
export function parseRole(value: string): Role {
  return value === 'owner' || value === 'editor' ? value : 'viewer'
}

/** The roles that somebody of this role may give, for a list. */
export function rolesToGive(own: Role): readonly (readonly [Role, string])[] {
  const roles: readonly Role[] =
    own === 'owner' ? ['editor', 'viewer', 'owner'] : ['editor', 'viewer']
  return roles.map((role) => [role, WORDS[role]])
}
