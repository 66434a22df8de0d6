/** Where the two origins are, as people see them. */
export interface Addresses {
  readonly publicUrl: URL
  readonly contentUrl: URL
}

/**
 * Without a proxy: `localhost` for the pages and `127.0.0.1` for what users make, because cookies and storage are
 * by host name. On another address than loopback both have one host name, and two ports.
 */
export function addressesOf(from: {
  readonly host: string
  readonly port: number
  readonly contentPort: number
  readonly basePath: string
  readonly publicUrl: string | undefined
  readonly publicContentUrl: string | undefined
}): Addresses {
  const { host, basePath } = from
  const loopback = ['127.0.0.1', 'localhost', '::1', '0.0.0.0', '::'].includes(host)
  const url = (given: string | undefined, name: string, port: number): URL => {
    const result = new URL(given ?? `http://${name}:${port}${basePath}`)
    if (!result.pathname.endsWith('/')) result.pathname += '/'
    return result
  }
  const plain = host.includes(':') ? `[${host}]` : host
  return {
    publicUrl: url(from.publicUrl, loopback ? 'localhost' : plain, from.port),
    contentUrl: url(from.publicContentUrl, loopback ? '127.0.0.1' : plain, from.contentPort),
  }
}
