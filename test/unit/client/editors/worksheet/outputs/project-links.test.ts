import { describe, expect, test } from 'vitest'

import {
  relativePath,
  relativeReference,
} from '../../../../../../src/client/editors/worksheet/outputs/project-links.ts'

const HOSTILE = [
  'javascript:alert(1)',
  'data:text/html,<script>alert(1)</script>',
  '//evil.example/x',
  '/\\evil.example',
  'a:b',
  '\tjavascript:alert(1)',
]

describe('links of outputs to files of the project', () => {
  test('what has a scheme, a host or only a fragment is no file of the project', () => {
    for (const reference of [
      'javascript:alert(1)',
      'HTTPS://a.example/',
      '//a.example/x',
      '#x',
      '',
    ]) {
      expect(relativePath(reference)).toBeUndefined()
    }
  })

  test('a relative reference is the path that it encodes, without query and fragment', () => {
    expect(relativePath('./plots/a%20b.png?1#2')).toBe('plots/a b.png')
    expect(relativePath('/100%.png')).toBe('100%.png')
  })

  test('a path with a scheme hidden in it stays a path on this origin', () => {
    for (const path of HOSTILE) {
      const url = new URL(relativeReference(path), 'https://salvus.example/projects/p/')
      expect(url.origin).toBe('https://salvus.example')
      expect(url.protocol).toBe('https:')
    }
  })

  test('a reference made of a path is read as the same path', () => {
    for (const path of ['a b/c#d?e.png', 'ü%41.png', 'javascript:alert(1)']) {
      expect(relativePath(relativeReference(path))).toBe(path)
    }
  })
})
