import { expect } from 'vitest'
import type { Locator, Page } from 'playwright-core'

/** What a person does in the page, by the roles and names that a screen reader finds. */

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
  await newButton(page).waitFor()
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
  await page
    .getByRole('link', { name, exact: true })
    .or(page.getByRole('button', { name, exact: true }))
    .first()
    .click()
}

/** The state of the connection, in the words of its button. */
export function connectionState(page: Page): Locator {
  return page.locator('.connection')
}

export async function untilSaved(page: Page): Promise<void> {
  await expect.poll(() => connectionState(page).innerText(), { timeout: 20_000 }).toMatch(/^Saved/)
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

/** Types code into a cell and runs it with Shift-Enter. */
export async function runCell(page: Page, number: number, code: string): Promise<void> {
  const { input } = cell(page, number)
  await input.click()
  await page.keyboard.insertText(code)
  await page.keyboard.press('Shift+Enter')
}

export async function textOf(locator: Locator): Promise<string> {
  return (await locator.innerText()).replaceAll('​', '')
}

export async function untilText(
  locator: Locator,
  pattern: RegExp | string,
  timeoutMs = 20_000,
): Promise<void> {
  await expect
    .poll(async () => textOf(locator).catch(() => ''), { timeout: timeoutMs, interval: 50 })
    .toMatch(pattern)
}
