import { describe, expect, it } from 'vitest'

import { outputPieces } from '../../../../../../src/client/editors/worksheet/outputs/pieces.ts'

const SHA = 'ab'.repeat(32)

describe('outputPieces', () => {
  it('joins adjacent texts of one stream and keeps their order with the other', () => {
    expect(
      outputPieces([{ stdout: 'a' }, { stdout: 'b' }, { stderr: 'c' }, { stdout: 'd' }]),
    ).toEqual([
      { kind: 'stdout', text: 'ab' },
      { kind: 'stderr', text: 'c' },
      { kind: 'stdout', text: 'd' },
    ])
  })

  it('ignores unknown keys, and values of a shape it does not know', () => {
    expect(
      outputPieces([{ stde: 'x', done: true }, 7, null, ['a'], { stdout: 3 }, { tex: null }]),
    ).toEqual([])
  })

  it('takes back the one message before delete_last', () => {
    expect(outputPieces([{ stdout: 'a' }, { stdout: 'b' }, { delete_last: true }])).toEqual([
      { kind: 'stdout', text: 'a' },
    ])
  })

  it('replaces a question by its answer', () => {
    const question = { prompt: 'Name?', value: '', submitted: false }
    expect(
      outputPieces([
        { raw_input: question },
        { raw_input: { ...question, value: 'Ann', submitted: true } },
      ]),
    ).toMatchObject([{ kind: 'question', value: 'Ann', submitted: true }])
  })

  it('tells pictures of the blob store from those that stayed in SageMathCloud', () => {
    expect(
      outputPieces([
        { file: { filename: 'a.png', sha256: SHA, show: true } },
        { file: { filename: 'b.svg', uuid: 'bd2f0c9e-0000-4000-8000-000000000000', show: true } },
        { file: { filename: 'c.txt', url: 'out/c.txt', show: false } },
        { file: { filename: 'd.sage3d', uuid: 'x' } },
      ]),
    ).toEqual([
      { kind: 'blob', name: 'a.png', sha256: SHA },
      { kind: 'legacy_blob', name: 'b.svg' },
      { kind: 'project_file', name: 'c.txt', path: 'out/c.txt' },
      { kind: 'not_shown', what: 'A 3D scene', source: 'd.sage3d' },
    ])
  })

  it('names code of old worksheets instead of running it', () => {
    expect(outputPieces([{ javascript: { code: 'alert(1)', coffeescript: false } }])).toEqual([
      { kind: 'not_shown', what: 'JavaScript', source: 'alert(1)' },
    ])
  })

  it('takes no address but http for a link out', () => {
    expect(outputPieces([{ file: { filename: 'x', url: 'javascript:alert(1)' } }])).toMatchObject([
      { kind: 'project_file' },
    ])
  })
})
