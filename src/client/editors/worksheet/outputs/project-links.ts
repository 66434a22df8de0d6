/** The path of a project's file that a link or picture of an output names; undefined for any other address. */
export function relativePath(reference: string): string | undefined {
  if (!reference || /^(?:[a-z][a-z0-9+.-]*:|\/\/|#)/i.test(reference)) return undefined
  const path = reference.replace(/^\.?\//, '').replace(/[?#].*$/, '')
  try {
    return decodeURIComponent(path)
  } catch (error) {
    if (error instanceof URIError) return path
    throw error
  }
}

/**
 * An address that `relativePath` reads as this path. Each name is encoded, so that none is taken for a scheme: the
 * picture `javascript%3Af()` is a file, and must not become a link that runs.
 */
export function relativeReference(path: string): string {
  return `./${path.split('/').map(encodeURIComponent).join('/')}`
}
