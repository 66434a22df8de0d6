import createDomPurify from 'dompurify'
import type { Config } from 'dompurify'

/**
 * HTML that people and their programs make, as far as the page may hold it: no script, no form, no frame, no
 * handler, no id that could shadow one of ours. `contain: layout paint` on the element around it keeps a
 * `position: fixed` inside.
 */
const CONFIG: Config & { RETURN_DOM_FRAGMENT: true } = {
  RETURN_DOM_FRAGMENT: true,
  SANITIZE_NAMED_PROPS: true,
  FORBID_TAGS: ['form', 'style', 'link', 'meta', 'base', 'button', 'select', 'textarea', 'dialog'],
  FORBID_ATTR: [
    ...['action', 'formaction', 'srcset', 'ping', 'autofocus', 'popover', 'popovertarget'],
    // A label's click would be that of the control with this id, which may be one of ours.
    'for',
  ],
  ALLOW_DATA_ATTR: false,
  ALLOWED_URI_REGEXP:
    /^(?:https?:|mailto:|#|data:image\/(?:png|jpeg|gif|webp|svg\+xml);|[^a-z]|[a-z+.-]+(?:[^a-z+.\-:]|$))/i,
}

const purify = createDomPurify(window)
purify.addHook('afterSanitizeAttributes', (node) => {
  if (node.nodeName === 'A') {
    node.setAttribute('target', '_blank')
    node.setAttribute('rel', 'noopener noreferrer nofollow')
  }
  if (node.nodeName === 'INPUT') node.setAttribute('disabled', '')
  if (node.nodeName === 'IMG') {
    node.setAttribute('loading', 'lazy')
    node.setAttribute('referrerpolicy', 'no-referrer')
  }
})

/** The harmless part of a piece of HTML. */
export function sanitizeHtml(html: string): DocumentFragment {
  return purify.sanitize(html, CONFIG)
}

/** Whether a piece of HTML runs code, so that it belongs into a frame of its own. */
export function hasScript(html: string): boolean {
  if (!/<\s*script/i.test(html)) return false
  return new DOMParser().parseFromString(html, 'text/html').querySelector('script') !== null
}
