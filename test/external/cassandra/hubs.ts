import { describe, expect, it } from 'vitest'

import type { CassandraAddress } from '../../../src/database/cassandra/client-options.ts'
import { PASSWORD, TestHub } from '../../support/test-hub.ts'
import { cassandraSettingsFile } from '../../support/cassandra.ts'

/** Two hubs that share a cluster, and nothing else but their secret. */
export function hubTests(
  prepare: () => Promise<CassandraAddress & { readonly keyspace: string }>,
): void {
  describe('two hubs on one cluster', () => {
    it('know the same people; one address goes to one of two who sign up at once', async () => {
      await using file = await cassandraSettingsFile(await prepare())
      const settings = { database: { cassandra: file.settings } }
      await using first = await TestHub.start({ settings })
      await using second = await TestHub.start({ settings, dataDir: first.dataDir })
      const admin = await first.admin()
      expect(await second.signIn(admin.email)).toMatch(/^salvus-/)
      const browser = await first.browser(admin)
      const invite = async (email: string) => {
        const { link } = await browser.request(0, 'admin_invite', { email })
        return String(link).split('#token=')[1]
      }
      const email = 'both@example.org'
      const [a, b] = [await invite(email), await invite(email)]
      const person = { name: 'Both', email, password: PASSWORD }
      const answers = await Promise.all([
        first.post('sign_up', { ...person, invitationToken: a }),
        second.post('sign_up', { ...person, invitationToken: b }),
      ])
      expect(answers.filter(({ body }) => body['account'] !== undefined)).toHaveLength(1)
      expect(answers.filter(({ body }) => body['code'] === 'exists')).toHaveLength(1)
      expect(await first.signIn(email)).toMatch(/^salvus-/)
      expect(await second.signIn(email)).toMatch(/^salvus-/)
    })
  })
}
