import type { Project } from '../../messages/projects.ts'

export type ProjectsView = 'shown' | 'hidden' | 'deleted'

/** The projects of a view that fit a search in title, description and people; the last used first. */
export function selectProjects(
  projects: readonly Project[],
  view: ProjectsView,
  search: string,
): readonly Project[] {
  const words = search
    .toLowerCase()
    .split(/\s+/)
    .filter((word) => word !== '')
  return projects
    .filter((project) => viewOf(project) === view)
    .filter((project) => {
      const people = project.members.map((member) => `${member.name} ${member.email}`).join(' ')
      const text = `${project.title} ${project.description} ${people}`.toLowerCase()
      return words.every((word) => text.includes(word))
    })
    .sort((a, b) => b.lastUsedMs - a.lastUsedMs)
}

function viewOf(project: Project): ProjectsView {
  if (project.deletedMs !== undefined) return 'deleted'
  return project.hidden ? 'hidden' : 'shown'
}
