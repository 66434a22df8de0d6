const SHOWN: Readonly<Record<string, string>> = {
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  svg: 'image/svg+xml',
  pdf: 'application/pdf',
  mp3: 'audio/mpeg',
  ogg: 'audio/ogg',
  wav: 'audio/wav',
  mp4: 'video/mp4',
  webm: 'video/webm',
  html: 'text/html; charset=utf-8',
  htm: 'text/html; charset=utf-8',
  css: 'text/css; charset=utf-8',
  js: 'text/javascript; charset=utf-8',
  mjs: 'text/javascript; charset=utf-8',
  json: 'application/json',
  csv: 'text/plain; charset=utf-8',
}
const TEXT = new Set(
  'txt md py sage tex r c h cpp hpp java rs go ts tsx jsx sh yaml yml toml ini log xml rst sagews ipynb m jl rb pl sql'.split(
    ' ',
  ),
)

/** By the name's ending; undefined: a download. */
export function contentTypeOf(path: string): string | undefined {
  const extension = path.slice(path.lastIndexOf('.') + 1).toLowerCase()
  if (Object.hasOwn(SHOWN, extension)) return SHOWN[extension]
  return TEXT.has(extension) ? 'text/plain; charset=utf-8' : undefined
}

/** RFC 6266, with the name as UTF-8 and as plain ASCII. */
export function attachment(path: string): string {
  const name = path.slice(path.lastIndexOf('/') + 1)
  const ascii = name.replaceAll(/[^\x20-\x7e]|["\\%]/g, '_')
  const encoded = encodeURIComponent(name).replaceAll(
    /['()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  )
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`
}
