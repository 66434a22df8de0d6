/**
 * The frame of outputs with scripts: it asks the page around it for the HTML, writes it, and tells its height. It
 * has no cookie, and its origin is opaque.
 */
export const OUTPUT_FRAME = `<!doctype html>
<html><head><meta charset="utf-8"><title>Output</title></head><body><script>
addEventListener('message', function show(event) {
  if (event.source !== parent || !event.data || event.data.salvus !== 'html') return
  removeEventListener('message', show)
  var tell = function () {
    var root = document.documentElement
    parent.postMessage({ salvus: 'height', height: Math.ceil(root.getBoundingClientRect().height) }, '*')
  }
  document.open()
  document.write('<!doctype html><meta charset="utf-8"><style>body{margin:0;font-family:sans-serif}</style>' + event.data.html)
  document.close()
  addEventListener('load', tell)
  new ResizeObserver(tell).observe(document.documentElement)
  tell()
})
parent.postMessage({ salvus: 'ready' }, '*')
</script></body></html>
`

/** Scripts run, from anywhere over TLS, as plots need; but they belong to nobody, and only our pages may show them. */
export function outputFramePolicy(appOrigin: string): string {
  return [
    'sandbox allow-scripts',
    "default-src 'unsafe-inline' 'unsafe-eval' https: data: blob:",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${appOrigin}`,
  ].join('; ')
}
