import type { Locator, Page } from 'playwright-core'

import { until } from './until.ts'

/**
 * What a person does in the page, by the roles and names that a screen reader finds. For tests and for benchmarks:
 * nothing of vitest.
 */

export const PASSWORD = 'correct horse battery staple'

export interface Identity {
  readonly name: string
  readonly email: string
}

export async function signUp(page: Page, url: string, { name, email }: Identity): Promise<void> {
  await page.goto(url)
  await page.getByLabel('Name', { exact: true }).fill(name)
  const address = page.getByLabel('E-mail', { exact: true })
  if (await address.isEditable()) await address.fill(email)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
}

export async function signIn(
  page: Page,
  url: string,
  email: string,
  password = PASSWORD,
): Promise<void> {
  await page.goto(`${url}/sign-in`)
  await page.getByLabel('E-mail', { exact: true }).fill(email)
  await page.getByLabel('Password', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Sign in' }).click()
}

export async function createProject(page: Page, title: string): Promise<void> {
  await page.getByRole('button', { name: 'New project' }).first().click()
  const dialog = page.getByRole('dialog', { name: 'New project' })
  await dialog.getByLabel('Title').fill(title)
  await dialog.getByRole('button', { name: 'Create project' }).click()
  await untilOpen(page)
}

/** The project is open: what changes it is enabled. */
export async function untilOpen(page: Page): Promise<void> {
  await until('`New` is enabled', () => newButton(page).isEnabled(), Boolean, 60_000)
}

export function newButton(page: Page): Locator {
  return page.getByRole('button', { name: 'New', exact: true })
}

/** Creates a file by the `New` menu; it opens in a tab. */
export async function newFile(page: Page, kind: string, name: string): Promise<void> {
  await newButton(page).click()
  await page.getByRole('menuitem', { name: kind }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByLabel('Name').fill(name)
  await dialog.getByRole('button', { name: 'Create' }).click()
  await dialog.waitFor({ state: 'detached' })
}

/** Opens a file from the list of files. */
export async function openFile(page: Page, name: string): Promise<void> {
  // The name is followed by size and time.
  await page.getByRole('button', { name: new RegExp(`^${name.replaceAll('.', '\\.')}`) }).click()
}

/** The state of the connection, in the words of its button. */
export function connectionState(page: Page): Locator {
  return page.locator('.connection')
}

export async function untilSaved(page: Page): Promise<void> {
  await until(
    'Saved',
    () => connectionState(page).innerText(),
    (text) => text.startsWith('Saved'),
  )
}

export function cell(
  page: Page,
  number: number,
): { input: Locator; output: Locator; section: Locator } {
  return {
    section: page.getByRole('region', { name: new RegExp(`^Cell ${number},`) }),
    input: page.getByRole('textbox', { name: `Input of cell ${number}`, exact: true }),
    output: page.getByRole('region', { name: `Output of cell ${number}`, exact: true }),
  }
}

/** Puts the cursor into a cell; its editor is there only once it is in sight. */
export async function focusCell(page: Page, number: number): Promise<void> {
  const { section, input } = cell(page, number)
  await section.scrollIntoViewIfNeeded()
  await input.click()
}

/** Types code into a cell and runs it with Shift-Enter. */
export async function runCell(page: Page, number: number, code: string): Promise<void> {
  await focusCell(page, number)
  await page.keyboard.insertText(code)
  await page.keyboard.press('Shift+Enter')
}

export async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replaceAll('\u200B', '').trim()
}

export async function untilText(
  locator: Locator,
  pattern: RegExp | string,
  timeoutMs = 60_000,
): Promise<void> {
  const fits = (text: string): boolean =>
    typeof pattern === 'string' ? text.includes(pattern) : pattern.test(text)
  await until(String(pattern), () => textOf(locator).catch(() => ''), fits, timeoutMs)
}

/** Invites by the link, as where no mail is sent, and returns it. The context must allow the clipboard. */
export async function inviteByLink(page: Page, email: string): Promise<string> {
  await page
    .getByRole('tab', { name: 'People' })
    .or(page.getByRole('button', { name: 'People', exact: true }))
    .first()
    .click()
  await page.getByRole('button', { name: 'Invite' }).click()
  const dialog = page.getByRole('dialog', { name: 'Invite' })
  await dialog.getByLabel('E-mail').fill(email)
  await dialog.getByRole('button', { name: 'Send invitation' }).click()
  await dialog.getByRole('button', { name: 'Copy link' }).click()
  await dialog.getByText('Copied').waitFor()
  const link = await page.evaluate(() => navigator.clipboard.readText())
  await dialog.getByRole('button', { name: 'Done' }).click()
  return link
}

/** Signs up with the link of an invitation; the project is open then. */
export async function joinByInvitation(page: Page, link: string, name: string): Promise<void> {
  await page.goto(link)
  await page.getByRole('button', { name: 'Sign up' }).click()
  await page.getByLabel('Name', { exact: true }).fill(name)
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD)
  await page.getByRole('button', { name: 'Create account' }).click()
  const accept = page.getByRole('button', { name: 'Accept' })
  await accept.or(newButton(page)).first().waitFor()
  if (await accept.isVisible()) await accept.click()
  await untilOpen(page)
}
