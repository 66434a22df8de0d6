import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { NO_BROWSER } from '../support/browser.ts'
import { openFile } from '../support/steps.ts'
import { placeFile, startWorkplace, type Workplace } from '../support/workplace.ts'

/** What runs says so in the title of the page, where it reaches it. */
const OWNED = "parent.document.title='owned';document.title='owned'"

const OUTPUTS: readonly object[] = [
  { html: `<img src=x onerror="${OWNED}">` },
  {
    html: `<svg onload="${OWNED}"><a xlink:href="javascript:${OWNED}"><text y="9">svg</text></a></svg>`,
  },
  { html: `<a class="hostile" href="javascript:${OWNED}">link</a>` },
  { html: `<img src="javascript%3A${encodeURIComponent(OWNED)}" alt="picture">` },
  { html: `<script>${OWNED}</script><p>framed</p>` },
  {
    html: `<iframe srcdoc="<script>${OWNED}</script>"></iframe><form action="/api/sign_out"><input name="body"></form>`,
  },
  {
    html: '<style>body{display:none}</style><p id="root">clobber</p><label for="root">label</label>',
  },
  { html: '<div style="position:fixed;inset:0;background:red;z-index:99999">overlay</div>' },
  {
    md: `<img src=x onerror="${OWNED}"> [md](javascript:${OWNED}) <details open ontoggle="${OWNED}">x</details>`,
  },
  { tex: { tex: `\\href{javascript:${OWNED}}{tex} \\htmlData{a=b}{x}`, display: true } },
  { file: { filename: 'x', url: `javascript:${OWNED}` } },
  { javascript: { code: OWNED } },
  { stdout: `<img src=x onerror="${OWNED}">` },
]

describe.skipIf(NO_BROWSER !== undefined)('hostile outputs of a worksheet', () => {
  let place: Workplace

  beforeAll(async () => {
    place = await startWorkplace()
    const ids = ['a'.repeat(8), 'b'.repeat(4), 'c'.repeat(4), 'd'.repeat(4), 'e'.repeat(12)].join(
      '-',
    )
    const messages = OUTPUTS.map((output) => `${JSON.stringify(output)}\uFE21`).join('')
    const text = `\uFE20${ids}\uFE20\n1\n\uFE21${ids}\uFE21${messages}\n`
    await placeFile(place, 'hostile.sagews', Buffer.from(text))
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('run nothing in the page, hide nothing of it and press nothing in it', async () => {
    const { page } = place.ada
    await openFile(page, 'hostile.sagews')
    const output = page.locator('.ws-output').first()
    await output.getByText('label').waitFor()
    await output.locator('iframe').first().scrollIntoViewIfNeeded()
    const found = await output.evaluate((element) => ({
      scripts: element.querySelectorAll('script, style, form, iframe:not([sandbox])').length,
      running: [...element.querySelectorAll('*')].flatMap((node) =>
        [...node.attributes]
          .filter(({ name, value }) => /^on/i.test(name) || /^\s*javascript:/i.test(value))
          .map(({ name, value }) => `${name}=${value}`),
      ),
      links: [...element.querySelectorAll<HTMLAnchorElement>('a[href]')].map(
        (link) => new URL(link.href).protocol,
      ),
      clobbered: element.querySelector('#root') !== null,
      labels: element.querySelectorAll('label[for]').length,
    }))
    expect(found).toMatchObject({ scripts: 0, running: [], clobbered: false, labels: 0 })
    expect(found.links.filter((protocol) => !/^https?:$/.test(protocol))).toEqual([])
    // Where the overlay would lie over all, the page's own controls still take the click.
    await page.getByRole('button', { name: 'Close hostile.sagews' }).click()
    expect(await page.title()).not.toContain('owned')
  })
})
