/** What the hub's parts know of the installation, derived from its configuration. */
export interface HubSettings {
  /** Unique among hubs, for statistics. */
  readonly hubId: string
  readonly build: string
  readonly siteName: string
  /** Where help requests go; '' where the admin reads them in the app only. */
  readonly helpAddress: string
  /** The pages as people see them, with the base path and a slash at the end. */
  readonly publicUrl: URL
  /** The content origin as people see it, with the base path and a slash at the end. */
  readonly contentUrl: URL
  /** Whether mail can be sent. */
  readonly mail: boolean
  /** Sender of mails. */
  readonly mailFrom: string
}

/** The `Origin` that pages of ours send: exactly this, compared whole. */
export function appOrigin(settings: HubSettings): string {
  return settings.publicUrl.origin
}
