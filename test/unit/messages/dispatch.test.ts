import { describe, expect, it } from 'vitest'
import { z } from 'zod'

import { defineNotice, defineRequest } from '../../../src/messages/define.ts'
import { createDispatch } from '../../../src/messages/dispatch.ts'
import { REQUESTS_MAX } from '../../../src/messages/limits.ts'
import { PendingRequests } from '../../../src/messages/pending-requests.ts'
import { CodedError } from '../../../src/util/coded-error.ts'

const REQUESTS = {
  echo: defineRequest('public', { text: z.string() }, { text: z.string() }),
  later: defineRequest('public', {}, {}),
  change: defineRequest('editor', {}, {}),
  fail: defineRequest('public', {}, {}),
}
const NOTICES = { note: defineNotice('public', { text: z.string() }) }

function setUp() {
  const noted: string[] = []
  const answers: unknown[] = []
  const refused: string[] = []
  const releases: (() => void)[] = []
  const dispatch = createDispatch<typeof REQUESTS, typeof NOTICES, object>({
    requests: REQUESTS,
    handlers: {
      echo: ({ text }) => ({ text }),
      later: () => new Promise((resolve) => releases.push(() => resolve({}))),
      change: () => ({}),
      fail: () => {
        throw new Error('the password is hunter2')
      },
    },
    notices: NOTICES,
    noticeHandlers: { note: ({ text }) => void noted.push(text) },
    authorize: (authorization) => {
      if (authorization === 'editor') throw new CodedError('read_only', 'only to look at')
    },
    onRefused: ({ event, error }) => refused.push(`${event}: ${error.code}`),
  })
  const caller = {}
  const send = (json: string): void =>
    dispatch(json, caller, (answer) => answers.push(JSON.parse(answer)))
  return { send, noted, answers, refused, releases }
}

describe('a dispatch', () => {
  it('gives each request one answer, and notices none', () => {
    const { send, answers, noted } = setUp()
    send('{"event":"echo","id":1,"text":"a","more":true}')
    send('{"event":"note","text":"b"}')
    expect(answers).toEqual([{ event: 'answer', id: 1, text: 'a' }])
    expect(noted).toEqual(['b'])
  })

  it.each([
    ['an unknown request', '{"event":"nothing","id":1}', 'unknown_event'],
    ['a name of every object', '{"event":"constructor","id":1}', 'unknown_event'],
    ['a method of every object', '{"event":"toString","id":1}', 'unknown_event'],
    ['a wrong field', '{"event":"echo","id":1,"text":1}', 'bad_message'],
    ['a missing right', '{"event":"change","id":1}', 'read_only'],
    ['a failure of ours', '{"event":"fail","id":1}', 'internal'],
  ])('refuses %s with its code', (_, json, code) => {
    const { send, answers } = setUp()
    send(json)
    expect(answers).toMatchObject([{ event: 'error', id: 1, code }])
  })

  it('refuses where the answer can not be sent, whether it came at once or later', async () => {
    const answers: unknown[] = []
    const dispatch = createDispatch<
      { now: typeof REQUESTS.later; later: typeof REQUESTS.later },
      {},
      object
    >({
      requests: { now: REQUESTS.later, later: REQUESTS.later },
      handlers: { now: () => ({}), later: async () => ({}) },
      notices: {},
      noticeHandlers: {},
      authorize: () => undefined,
      onRefused: () => undefined,
    })
    const answer = (json: string): void => {
      if (json.includes('"answer"')) throw new CodedError('too_large', 'a frame of 9 MB')
      answers.push(JSON.parse(json))
    }
    const caller = {}
    dispatch('{"event":"now","id":1}', caller, answer)
    dispatch('{"event":"later","id":2}', caller, answer)
    await expect
      .poll(() => answers)
      .toMatchObject([
        { event: 'error', id: 1, code: 'too_large' },
        { event: 'error', id: 2, code: 'too_large' },
      ])
  })

  it('says nothing of what went wrong inside', () => {
    const { send, answers } = setUp()
    send('{"event":"fail","id":1}')
    expect(JSON.stringify(answers)).not.toContain('hunter2')
  })

  it.each(['', '{', '[]', '"a"', 'null', '{"id":1}', '{"event":7,"id":1}', '{"event":"note"}'])(
    'answers nothing to %s, and goes on',
    (json) => {
      const { send, answers, refused } = setUp()
      send(json)
      expect(refused).toHaveLength(1)
      send('{"event":"echo","id":2,"text":"a"}')
      expect(answers).toHaveLength(1)
    },
  )

  it('refuses more requests at a time than one may have, and takes them again after', async () => {
    const { send, answers, releases } = setUp()
    for (let id = 0; id < REQUESTS_MAX; id++) send(`{"event":"later","id":${id}}`)
    send('{"event":"echo","id":1000,"text":"a"}')
    expect(answers).toMatchObject([{ event: 'error', id: 1000, code: 'too_many_requests' }])
    for (const release of releases) release()
    await new Promise((resolve) => setImmediate(resolve))
    send('{"event":"echo","id":1001,"text":"a"}')
    expect(answers.at(-1)).toEqual({ event: 'answer', id: 1001, text: 'a' })
  })
})

describe('pending requests', () => {
  it('settle by their id, whatever the order, and drop what comes twice', async () => {
    const sent: { id: number }[] = []
    const pending = new PendingRequests(REQUESTS, (json) => sent.push(JSON.parse(json)))
    const first = pending.request('echo', { text: 'a' })
    const second = pending.request('change', {})
    pending.take({ event: 'error', id: sent[1]?.id, code: 'read_only', message: 'no' })
    pending.take({ event: 'answer', id: sent[0]?.id, text: 'a' })
    expect(pending.take({ event: 'answer', id: sent[0]?.id, text: 'b' })).toBe(true)
    expect(pending.take({ event: 'note', text: 'b' })).toBe(false)
    expect(await first).toEqual({ text: 'a' })
    await expect(second).rejects.toMatchObject({ code: 'read_only', message: 'no' })
  })
})
