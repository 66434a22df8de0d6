import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { newPerson, NO_BROWSER, type PersonAtBrowser, screenshot } from '../support/browser.ts'
import {
  connectionState,
  newButton,
  newFile,
  openFile,
  PASSWORD,
  signIn,
  untilSaved,
  untilText,
} from '../support/steps.ts'
import {
  EMMY,
  invitedPerson,
  showPanel,
  startWorkplace,
  type Workplace,
} from '../support/workplace.ts'

const NEW_PASSWORD = 'another long passphrase'

/** What somebody may do changes while they do it. */
describe.skipIf(NO_BROWSER !== undefined)('roles and sessions', () => {
  let place: Workplace
  let emmy: PersonAtBrowser
  let resetLink = ''

  beforeAll(async () => {
    place = await startWorkplace()
    emmy = await invitedPerson(place, EMMY)
    await newFile(emmy.page, 'Text', 'notes')
    await textIn(emmy.page).click()
    await emmy.page.keyboard.type('from an editor\n')
    await untilSaved(emmy.page)
  })

  afterAll(async () => place?.[Symbol.asyncDispose]())

  test('an editor who is made a viewer while away keeps the text that was not sent as a copy', async () => {
    const { page } = place.ada
    await emmy.context.setOffline(true)
    await untilText(connectionState(emmy.page), /^Offline/)
    await textIn(emmy.page).click()
    await emmy.page.keyboard.type('typed too late')
    await untilText(connectionState(emmy.page), /kept here/)
    await showPanel(page, 'People')
    await page.getByLabel(`Role of ${EMMY.name}`).selectOption('viewer')
    await expect.poll(() => page.getByLabel(`Role of ${EMMY.name}`).inputValue()).toBe('viewer')
    await emmy.context.setOffline(false)
    const kept = emmy.page.getByRole('alert').filter({ hasText: 'typed too late' })
    await kept.waitFor({ timeout: 60_000 })
    await screenshot(emmy.page, 'roles-01-kept')
    await untilText(connectionState(emmy.page), /^Read-only/)
    await expect.poll(() => textIn(emmy.page).innerText()).not.toContain('typed too late')
  })

  test('a viewer sees what others type, and can change nothing', async () => {
    const { page } = place.ada
    await showPanel(page, 'Files')
    await openFile(page, 'notes.txt')
    await textIn(page).click()
    await page.keyboard.press('Control+End')
    await page.keyboard.type('from the owner')
    await untilText(textIn(emmy.page), /from the owner/)
    await textIn(emmy.page).click()
    await emmy.page.keyboard.type('refused')
    expect(await textIn(emmy.page).innerText()).not.toContain('refused')
    expect(await newButton(emmy.page).isEnabled()).toBe(false)
  })

  test('who is made an editor again types on at once', async () => {
    const { page } = place.ada
    await showPanel(page, 'People')
    await page.getByLabel(`Role of ${EMMY.name}`).selectOption('editor')
    await expect.poll(() => newButton(emmy.page).isEnabled(), { timeout: 60_000 }).toBe(true)
    await textIn(emmy.page).click()
    await emmy.page.keyboard.press('Control+End')
    await emmy.page.keyboard.type(' and an editor again')
    await untilText(textIn(page), /and an editor again/)
  })

  test('the tab of a member who is removed says so', async () => {
    const { page } = place.ada
    await page.getByRole('button', { name: `Remove ${EMMY.name}` }).click()
    await page
      .getByRole('dialog')
      .or(page.getByRole('alertdialog'))
      .getByRole('button', { name: 'Remove' })
      .click()
    await emmy.page
      .getByText(/no longer|not a member|removed|lost access|may not/i)
      .first()
      .waitFor({ timeout: 60_000 })
    await screenshot(emmy.page, 'roles-02-removed')
  })

  test('a password that is changed in one browser ends the other', async () => {
    const { salvus, browser } = place
    const second = await newPerson(browser)
    await signIn(second.page, salvus.url, EMMY.email)
    await second.page.getByRole('button', { name: 'New project' }).first().waitFor()
    await second.page.goto(`${salvus.url}/account`)
    await second.page.getByLabel('Present password').fill(PASSWORD)
    await second.page.getByLabel('New password').fill(NEW_PASSWORD)
    await second.page.getByRole('button', { name: 'Change password' }).click()
    await second.page.getByText('You are signed out everywhere else').waitFor()
    await emmy.page.getByLabel('Password', { exact: true }).waitFor({ timeout: 60_000 })
    await screenshot(emmy.page, 'roles-03-session-ended')
    await second.context.close()
  })

  test('the admin makes a link with which a new password is set', async () => {
    const { page, context } = place.ada
    await page.goto(`${place.salvus.url}/admin`)
    const row = page
      .getByRole('list', { name: 'Accounts' })
      .getByRole('listitem')
      .filter({ hasText: EMMY.email })
    await row.getByRole('button', { name: 'Make a reset link' }).click()
    await screenshot(page, 'roles-04-admin')
    await context.grantPermissions(['clipboard-read', 'clipboard-write'])
    await row.getByRole('button', { name: 'Copy link' }).click()
    await row.getByText('Copied').waitFor()
    resetLink = await page.evaluate(() => navigator.clipboard.readText())
    await emmy.page.goto(resetLink)
    await emmy.page.getByLabel('New password').fill('a third long passphrase')
    await emmy.page.getByRole('button', { name: 'Set password' }).click()
    await emmy.page.getByLabel('E-mail', { exact: true }).waitFor()
    await signIn(emmy.page, place.salvus.url, EMMY.email, 'a third long passphrase')
    await emmy.page.getByRole('button', { name: 'New project' }).first().waitFor()
  })

  test('a link that was used is refused', async () => {
    const { page } = emmy
    await page.goto(resetLink)
    await page.getByLabel('New password').fill('a fourth long passphrase')
    await page.getByRole('button', { name: 'Set password' }).click()
    await page.getByRole('alert').first().waitFor()
  })

  test('only an admin sees the admin page', async () => {
    await emmy.page.goto(`${place.salvus.url}/admin`)
    await emmy.page.getByText('Only an admin of this installation sees this page').waitFor()
  })
})

function textIn(page: Page) {
  return page.locator('.cm-content:visible').last()
}
