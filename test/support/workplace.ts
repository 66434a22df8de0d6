import { chown, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'

import { launchBrowser, newPerson, type PersonAtBrowser } from './browser.ts'
import { type Installation, startInstallation } from './installation.ts'
import { createProject, type Identity, PASSWORD, signUp, untilOpen } from './steps.ts'

export const ADA = { name: 'Ada Lovelace', email: 'ada@example.com' }
export const EMMY = { name: 'Emmy Noether', email: 'emmy@example.com' }

/** An installation with its first person, who has one project open. */
export interface Workplace extends AsyncDisposable {
  readonly salvus: Installation
  readonly browser: Browser
  readonly ada: PersonAtBrowser
  readonly projectId: string
  /** The project's files, on the disk of the server. */
  readonly projectDir: string
}

export interface WorkplaceOptions {
  readonly context?: BrowserContextOptions
  /** Called before the first page is loaded. */
  readonly prepare?: (ada: PersonAtBrowser) => Promise<void>
}

export async function startWorkplace(options: WorkplaceOptions = {}): Promise<Workplace> {
  const stack = new AsyncStack()
  try {
    const salvus = stack.use(await startInstallation())
    const browser = await launchBrowser()
    stack.use({ [Symbol.asyncDispose]: () => browser.close() })
    const ada = await newPerson(browser, options.context)
    await options.prepare?.(ada)
    await signUp(ada.page, salvus.setUpUrl ?? '', ADA)
    await createProject(ada.page, 'Calculus')
    const projectId = /projects\/([0-9a-f-]{36})/.exec(ada.page.url())?.[1] ?? ''
    const projectDir = join(salvus.dataDir, 'projects', projectId)
    const dispose = (): Promise<void> => stack.dispose()
    return { salvus, browser, ada, projectId, projectDir, [Symbol.asyncDispose]: dispose }
  } catch (error) {
    await stack.dispose()
    throw error
  }
}

/** What was opened, closed in reverse. */
class AsyncStack {
  readonly #opened: AsyncDisposable[] = []

  use<Opened extends AsyncDisposable>(opened: Opened): Opened {
    this.#opened.push(opened)
    return opened
  }

  async dispose(): Promise<void> {
    for (let next = this.#opened.pop(); next !== undefined; next = this.#opened.pop()) {
      await next[Symbol.asyncDispose]()
    }
  }
}

/** Shows a part of the panel at the left: `Files`, `People`, `Settings`. */
export async function showPanel(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click()
}

/** Invites by the panel of people; the link is what its `Copy link` copies. */
export async function invite(
  { page, context }: PersonAtBrowser,
  email: string,
  role: 'editor' | 'viewer' = 'editor',
): Promise<string> {
  await context.grantPermissions(['clipboard-read', 'clipboard-write'])
  await showPanel(page, 'People')
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite' })
  await dialog.getByLabel('E-mail').fill(email)
  await dialog.getByLabel('Role').selectOption(role)
  await dialog.getByRole('button', { name: 'Send invitation' }).click()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await dialog.getByText('Copied').waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  await dialog.getByRole('button', { name: 'Done' }).click()
  return link
}

/** Follows an invitation, makes an account, and is in the project. */
export async function followInvitation(
  page: Page,
  link: string,
  { name }: Identity,
): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
}

/** Somebody new, invited into the project of the one who invites, and there. */
export async function invitedPerson(
  { browser, ada }: Workplace,
  identity: Identity,
  role: 'editor' | 'viewer' = 'editor',
): Promise<PersonAtBrowser> {
  const link = await invite(ada, identity.email, role)
  const person = await newPerson(browser)
  await followInvitation(person.page, link, identity)
  await person.page.getByRole('tab', { name: 'Files', exact: true }).waitFor()
  if (role === 'editor') await untilOpen(person.page)
  return person
}

/** What is typed in an editor, line by line, without the names at other people's cursors. */
export async function typedText(editor: Locator): Promise<string> {
  return editor.evaluate((node) =>
    [...node.querySelectorAll('.cm-line')]
      .map((line) => {
        const copy = line.cloneNode(true)
        if (!(copy instanceof Element)) return ''
        for (const widget of copy.querySelectorAll('.remote-caret, img')) widget.remove()
        return copy.textContent.replaceAll('\u200B', '').replaceAll('\u2060', '')
      })
      .join('\n')
      .trim(),
  )
}

/** Writes a file into the project from outside, as one of its own user's. */
export async function placeFile(
  { projectDir }: Workplace,
  name: string,
  bytes: string | Uint8Array,
): Promise<void> {
  const path = join(projectDir, name)
  await writeFile(path, bytes)
  const { uid, gid } = await stat(projectDir)
  if (process.getuid?.() === 0) await chown(path, uid, gid)
}
