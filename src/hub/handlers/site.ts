import type { siteRequests } from '../../messages/site.ts'
import { PROTOCOL_VERSION, PROTOCOL_VERSION_OLDEST } from '../../messages/version.ts'
import { signUpMode } from '../auth/sign-up.ts'
import type { HubContext } from '../context.ts'
import type { HubHandlers } from '../handler.ts'
import { refusal } from '../refuse.ts'
import { accountPushes } from './account-pushes.ts'

/** The beginning of a connection. */
export function siteHandlers(context: HubContext): HubHandlers<keyof typeof siteRequests> {
  const { settings } = context
  const beginPushes = accountPushes(context)
  return {
    hello: async ({ version }, connection) => {
      if (version < PROTOCOL_VERSION_OLDEST) {
        throw refusal(
          'old_version',
          'This page is of an older version. Reload it; nothing is lost.',
        )
      }
      beginPushes(connection)
      const { account } = connection
      return {
        version: PROTOCOL_VERSION,
        build: settings.build,
        site: {
          name: settings.siteName,
          signUp: await signUpMode(context),
          mail: settings.mail,
          helpAddress: settings.helpAddress,
          contentOrigin: settings.contentUrl.origin,
        },
        ...(account === undefined ? {} : { account }),
        serverTimeMs: context.now(),
      }
    },
    ping: () => ({}),
  }
}
