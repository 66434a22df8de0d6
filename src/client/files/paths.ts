/** Paths are relative to the project's directory, `/` between names, '' the directory itself. */
export function joinPath(folder: string, name: string): string {
  return folder === '' ? name : `${folder}/${name}`
}

export function folderOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf('/')))
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

/** The folders on the way to one, outermost first, with the path of each. */
export function crumbsOf(folder: string): readonly { name: string; path: string }[] {
  const names = folder === '' ? [] : folder.split('/')
  return names.map((name, index) => ({ name, path: names.slice(0, index + 1).join('/') }))
}

/** What is wrong with a name that a person typed, or undefined. */
export function nameProblem(name: string): string | undefined {
  if (name.trim() === '') return 'A name is needed.'
  if (name.includes('\0')) return 'A name can’t contain NUL.'
  if (name === '.' || name === '..') return `“${name}” means a folder already.`
  if (new TextEncoder().encode(name).length > 255) return 'The name is too long: 255 bytes at most.'
  return undefined
}

/** `plot.sagews`, or `plot-2.sagews` where that is taken. */
export function freeName(stem: string, extension: string, taken: ReadonlySet<string>): string {
  let name = stem + extension
  for (let count = 2; taken.has(name); count++) name = `${stem}-${count}${extension}`
  return name
}
