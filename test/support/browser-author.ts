import type { Page, WebSocketRoute } from 'playwright-core'

import { decodeBinaryFrame, decodeChannelBody } from '../../src/messages/frames.ts'
import type { Patch } from '../simulation/sync/trace-player.ts'
import { HeldBack } from './held-back.ts'

/** What CodeMirror leaves at the element of an editor, for its own `EditorView.findFromDOM`. */
interface EditorElement extends Element {
  readonly cmTile?: { readonly root: { readonly view: PageEditor } }
}

interface PageEditor {
  readonly state: {
    readonly doc: { toString(): string }
    update(...specs: object[]): object
  }
  dispatch(transaction: object): void
}

/** The editor of a page, driven by its transactions, with what comes to the page held back. */
export class BrowserAuthor {
  readonly page: Page
  readonly incoming: HeldBack
  #socket: WebSocketRoute | undefined
  readonly #waiting = new Set<() => void>()

  /** Before the page is loaded: its websocket goes through this. */
  static async of(page: Page): Promise<BrowserAuthor> {
    const author = new BrowserAuthor(page)
    await page.routeWebSocket(/\/hub/, (socket) => author.#connect(socket))
    return author
  }

  private constructor(page: Page) {
    this.page = page
    this.incoming = new HeldBack((frame) => this.#socket?.send(Buffer.from(frame)), payloadOf)
  }

  /** Resolved once it came; fails after a while. */
  arrived(version: number, deadlineMs: number): Promise<void> {
    const isThere = (): boolean => this.incoming.arrived >= version
    if (isThere()) return Promise.resolve()
    return new Promise((resolve, reject) => {
      const check = (): void => {
        if (isThere()) done(resolve)
      }
      const timer = setTimeout(
        () => done(() => reject(new Error(`version ${version} did not come in ${deadlineMs} ms`))),
        deadlineMs,
      )
      const done = (end: () => void): void => {
        clearTimeout(timer)
        this.#waiting.delete(check)
        end()
      }
      this.#waiting.add(check)
    })
  }

  /** Makes one transaction of its editor, once that shows a text. */
  async type(text: string, patches: readonly Patch[], deadlineMs: number): Promise<void> {
    if (await this.#typeOn(text, patches)) return
    await this.untilShows(text, deadlineMs)
    if (!(await this.#typeOn(text, patches))) throw new Error('the editor has another text again')
  }

  /** The text of the editor's state, whatever of it is drawn. */
  async untilShows(text: string, deadlineMs: number): Promise<void> {
    await this.page.waitForFunction(
      (wanted) => {
        const element: EditorElement | null = document.querySelector('.cm-content')
        return element?.cmTile?.root.view.state.doc.toString() === wanted
      },
      text,
      { timeout: deadlineMs },
    )
  }

  /** False where it shows something else. */
  #typeOn(text: string, patches: readonly Patch[]): Promise<boolean> {
    return this.page.evaluate(
      ({ wanted, edits }) => {
        const element: EditorElement | null = document.querySelector('.cm-content')
        const view = element?.cmTile?.root.view
        if (view?.state.doc.toString() !== wanted) return false
        const specs = edits.map(([from, deleted, insert]) => ({
          changes: { from, to: from + deleted, insert },
          sequential: true,
        }))
        view.dispatch(view.state.update(...specs))
        return true
      },
      { wanted: text, edits: patches },
    )
  }

  #connect(socket: WebSocketRoute): void {
    this.#socket = socket
    const server = socket.connectToServer()
    server.onMessage((message) => {
      if (typeof message === 'string') return socket.send(message)
      this.incoming.take(message)
      for (const check of this.#waiting) check()
    })
  }
}

/** What a frame carries for the one document that the page has open. */
function payloadOf(frame: Uint8Array): Uint8Array {
  return decodeChannelBody(decodeBinaryFrame(frame).body).payload
}
