import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, expect, test } from 'vitest'

import { readPytestReport, readVitestReport } from '../../../tools/test/counts.mjs'

const folder = mkdtempSync(join(tmpdir(), 'salvus-counts-'))
afterAll(() => rmSync(folder, { recursive: true }))

let count = 0
function file(text: string): string {
  const path = join(folder, `report-${count++}`)
  writeFileSync(path, text)
  return path
}

function vitest(...files: { status: string; tests: [string, string][] }[]): string {
  const testResults = files.map(({ status, tests }) => ({
    status,
    assertionResults: tests.map(([fullName, result]) => ({ fullName, status: result })),
  }))
  return file(JSON.stringify({ testResults }))
}

test('counts what passed, failed and was skipped, and names what was skipped', () => {
  const report = vitest({
    status: 'failed',
    tests: [
      ['a', 'passed'],
      ['b', 'failed'],
      ['c', 'pending'],
      ['d (long)', 'skipped'],
    ],
  })
  expect(readVitestReport(report, 1)).toEqual({
    passed: 1,
    failed: 1,
    skipped: 2,
    long: 1,
    names: ['c'],
  })
})

test('a file that failed before its tests were known is a failure', () => {
  const report = vitest(
    { status: 'failed', tests: [] },
    { status: 'passed', tests: [['a', 'passed']] },
  )
  expect(readVitestReport(report, 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('an error outside of all tests is a failure', () => {
  const report = vitest({ status: 'passed', tests: [['a', 'passed']] })
  expect(readVitestReport(report, 1)).toMatchObject({ passed: 1, failed: 1 })
})

test('no test at all is a failure, with a report or without', () => {
  expect(readVitestReport(vitest(), 0).failed).toBe(1)
  expect(readVitestReport(join(folder, 'absent'), 0).failed).toBe(1)
  expect(readPytestReport(join(folder, 'absent'), 0).failed).toBe(1)
})

test("reads pytest's report", () => {
  const suite = '<testsuite name="pytest" errors="1" failures="2" skipped="3" tests="10" time="1">'
  const report = file(`<?xml version="1.0"?><testsuites>${suite}</testsuite></testsuites>`)
  expect(readPytestReport(report, 1)).toMatchObject({ passed: 4, failed: 3, skipped: 3 })
})
