import type { Locator, Page } from 'playwright-core'

import type { RunningJupyter } from './jupyter.ts'

/** A notebook with a cell for each source, for the Python kernel. */
export function notebookOf(sources: readonly string[]): string {
  return JSON.stringify({
    nbformat: 4,
    nbformat_minor: 5,
    metadata: { kernelspec: { name: 'python3', display_name: 'Python 3', language: 'python' } },
    cells: sources.map((source, index) => ({
      cell_type: 'code',
      id: `cell-${index}`,
      execution_count: null,
      metadata: {},
      outputs: [],
      source,
    })),
  })
}

/** Opens a notebook, and resolves to the editor of its first cell when it can be typed in. */
export async function openNotebook(
  page: Page,
  { url, token }: RunningJupyter,
  { file, workspace }: { readonly file: string; readonly workspace: string },
): Promise<Locator> {
  await page.goto(`${url}/workspaces/${workspace}/tree/${file}?token=${token}`)
  return firstEditor(page)
}

/** The editor of the first cell of the notebook that is shown. */
export async function firstEditor(page: Page): Promise<Locator> {
  const editor = page.locator('.jp-Notebook:visible .jp-Cell .cm-content').first()
  await editor.waitFor()
  return editor
}
