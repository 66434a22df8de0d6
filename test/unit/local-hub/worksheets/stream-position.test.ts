import { describe, expect, it } from 'vitest'

import { placeMessages } from '../../../../src/local-hub/worksheets/stream-position.ts'

const RUN = '0d9f0c7e-4f5c-4c0e-9d0c-6b6a7f1f2d3e'

function place(position: string | undefined, came: string): unknown {
  const [stream, next] = (position ?? '').split('@')
  const at = position === undefined ? undefined : { stream: `${RUN}${stream}`, next: Number(next) }
  const [name, seq = '0', letters = ''] = came.split('@')
  const messages = letters.split('')
  return placeMessages(RUN, at, { stream: `${RUN}${name}`, seq: Number(seq), messages })
}

describe('placing the messages of a run', () => {
  it('appends what follows', () => {
    expect(place('@2', '@2@ab')).toEqual({ kind: 'append', seq: 2, messages: ['a', 'b'] })
  })

  it('leaves out what is there already, when it is told again', () => {
    expect(place('@2', '@0@abc')).toEqual({ kind: 'append', seq: 2, messages: ['c'] })
    expect(place('@2', '@0@ab')).toEqual({ kind: 'known' })
  })

  it('begins a stream that was cleared, and drops what belongs to an older one', () => {
    expect(place('@2', '-1@0@a')).toEqual({ kind: 'begin', messages: ['a'] })
    expect(place('-9@2', '-10@0@a')).toEqual({ kind: 'begin', messages: ['a'] })
    expect(place('-2@1', '-1@0@abc')).toEqual({ kind: 'known' })
    expect(place('-2@1', '@5@a')).toEqual({ kind: 'known' })
  })

  it('begins where the document has nothing of the run', () => {
    expect(place(undefined, '@0@a')).toEqual({ kind: 'begin', messages: ['a'] })
  })
})
