import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'

import { expect, test } from 'vitest'

import { supervise } from '../../../src/daemon/supervise.ts'
import type { SupervisedState } from '../../../src/daemon/supervise.ts'

/** Runs a line of JavaScript as a child. */
function node(code: string): ChildProcess {
  return spawn(process.execPath, ['-e', code], { stdio: ['ignore', 'pipe', 'ignore'] })
}

/** Collects the states and lets a test wait for one of a kind. */
function watchStates() {
  const states: SupervisedState[] = []
  const waiting: (() => void)[] = []
  return {
    states,
    onState: (state: SupervisedState): void => {
      states.push(state)
      for (const check of waiting) check()
    },
    until(holds: (states: SupervisedState[]) => boolean): Promise<void> {
      return new Promise((resolve) => {
        const check = (): void => {
          if (holds(states)) resolve()
        }
        waiting.push(check)
        check()
      })
    },
  }
}

const FOREVER = 'setInterval(() => {}, 1000)'

test('starts a child again after each crash, with a pause that doubles', async () => {
  const watched = watchStates()
  await using supervised = supervise({
    start: () => node('process.exit(3)'),
    onState: watched.onState,
    backoffMs: 5,
  })
  await watched.until((states) => states.filter((state) => state.kind === 'waiting').length === 3)
  await supervised.stop()
  const pauses = watched.states.flatMap((state) =>
    state.kind === 'waiting' ? [[state.exit.code, state.restartInMs]] : [],
  )
  expect(pauses).toEqual([
    [3, 5],
    [3, 10],
    [3, 20],
  ])
})

test('starts nothing after stop, and stop waits for the child', async () => {
  const watched = watchStates()
  const supervised = supervise({ start: () => node(FOREVER), onState: watched.onState })
  const { child } = supervised
  await supervised.stop()
  await supervised.stop()
  expect(child?.signalCode).toBe('SIGTERM')
  expect(watched.states.map((state) => state.kind)).toEqual(['running', 'stopping', 'stopped'])
})

test('kills a child that ignores the signal beyond its grace', async () => {
  const supervised = supervise({
    start: () => node(`process.on('SIGTERM', () => {}); console.log('up'); ${FOREVER}`),
    graceMs: 50,
  })
  const { child } = supervised
  if (child?.stdout) await once(child.stdout, 'data')
  await supervised.stop()
  expect(child?.signalCode).toBe('SIGKILL')
})

test('a program that is not there is a crash with its error, not an unhandled event', async () => {
  const watched = watchStates()
  await using supervised = supervise({
    start: () => spawn('/nonexistent/program'),
    onState: watched.onState,
    backoffMs: 10_000,
  })
  await watched.until((states) => states.some((state) => state.kind === 'waiting'))
  const { state } = supervised
  expect(state.kind === 'waiting' && state.exit.error?.message).toContain('ENOENT')
})

test('stops for good when an exit is final', async () => {
  const watched = watchStates()
  await using supervised = supervise({
    start: () => node('process.exit(78)'),
    onState: watched.onState,
    isFinal: (exit) => exit.code === 78,
  })
  await watched.until((states) => states.at(-1)?.kind === 'stopped')
  expect(supervised.state).toEqual({ kind: 'stopped', exit: { code: 78, signal: undefined } })
})
