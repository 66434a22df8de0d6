import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'

import { describe, expect, onTestFinished, test } from 'vitest'

import { createFileArea, type FileArea } from '../../../../src/local-hub/files/file-area.ts'
import type { ChannelId } from '../../../../src/messages/ids.ts'
import { BINARY_FRAME_BYTES_MAX } from '../../../../src/messages/limits.ts'
import { TestChannels, TestClient } from '../../../support/local-clients.ts'
import { temporaryDirectory } from '../../../support/temporary-directory.ts'

interface Setup {
  readonly area: FileArea
  readonly projectDir: string
  readonly channels: TestChannels
  readonly client: TestClient
  readonly moved: [string, string][]
}

async function setUp(): Promise<Setup> {
  const outer = await temporaryDirectory()
  const projectDir = join(outer, 'project')
  await mkdir(projectDir)
  await mkdir(join(outer, 'project-secret'))
  await writeFile(join(outer, 'project-secret', 'key'), 'secret')
  const channels = new TestChannels()
  const moved: [string, string][] = []
  const area = await createFileArea({
    projectDir,
    channels,
    onMoved: (from, to) => moved.push([from, to]),
    onWatchError: () => {},
  })
  onTestFinished(() => area[Symbol.asyncDispose]())
  return { area, projectDir, channels, client: new TestClient(1), moved }
}

const names = async (setup: Setup, path = ''): Promise<string[]> => {
  const { entries } = await setup.area.handlers.list_directory({ path }, setup.client)
  return entries.map((entry) => entry.name).sort()
}

test('a pipe is no file to download, and asking for it holds up no other', async () => {
  const setup = await setUp()
  await promisify(execFile)('mkfifo', [join(setup.projectDir, 'pipe')])
  await writeFile(join(setup.projectDir, 'file'), 'text')
  const { handlers } = setup.area
  for (let times = 0; times < 5; times++) {
    const attempt = async () => handlers.open_download({ path: 'pipe' }, setup.client)
    await expect(attempt()).rejects.toMatchObject({ code: 'not_a_file' })
  }
  const opened = await handlers.open_download({ path: 'file' }, setup.client)
  expect(opened.sizeBytes).toBe(4)
})

describe('a large folder', () => {
  test('is listed as far as one message carries, however its names are written in it', async () => {
    const setup = await setUp()
    const name = (at: number): string => '\u0001'.repeat(245) + String(at).padStart(5, '0')
    const many = Array.from({ length: 2500 }, (_, at) => join(setup.projectDir, name(at)))
    await Promise.all(many.map((path) => writeFile(path, '')))
    const listing = await setup.area.handlers.list_directory({ path: '' }, setup.client)
    expect(listing.complete).toBe(false)
    expect(listing.entries.length).toBeGreaterThan(1000)
    expect(JSON.stringify(listing).length).toBeLessThan(BINARY_FRAME_BYTES_MAX)
  })
})

describe('paths', () => {
  const hostile = [
    '../project-secret/key',
    '../../etc/passwd',
    'a/../../project-secret',
    'out/key',
    'out',
  ]
  test.each(hostile)('a path that leads out of the project is refused: %s', async (path) => {
    const setup = await setUp()
    await symlink('../project-secret', join(setup.projectDir, 'out'))
    const { handlers } = setup.area
    const attempts = [
      () => handlers.list_directory({ path }, setup.client),
      () => handlers.open_download({ path }, setup.client),
      () => handlers.copy_file({ from: path, to: 'stolen', onConflict: 'refuse' }, setup.client),
      () => handlers.create_file({ path: `${path}/new`, kind: 'file' }, setup.client),
      () =>
        handlers.move_file(
          { from: `${path}/key`, to: 'stolen', onConflict: 'refuse' },
          setup.client,
        ),
      () =>
        handlers.open_upload(
          { path: `${path}/new`, sizeBytes: 1, onConflict: 'replace' },
          setup.client,
        ),
    ]
    for (const attempt of attempts) {
      await expect((async () => attempt())()).rejects.toMatchObject({
        code: expect.stringMatching(/outside_project|not_found|not_a_file/),
      })
    }
    expect(await names(setup)).toEqual(['out'])
    expect(await readdir(join(setup.projectDir, '..', 'project-secret'))).toEqual(['key'])
  })

  test('a link that leads out is listed as such and can be deleted, which leaves its target alone', async () => {
    const setup = await setUp()
    await symlink('../project-secret/key', join(setup.projectDir, 'link'))
    const { entries } = await setup.area.handlers.list_directory({ path: '' }, setup.client)
    expect(entries).toMatchObject([{ name: 'link', kind: 'link', target: 'outside' }])
    await setup.area.handlers.delete_files({ paths: ['link'] }, setup.client)
    expect(await readFile(join(setup.projectDir, '../project-secret/key'), 'utf8')).toBe('secret')
  })

  test('NUL, the project itself, our own folder and endless names are refused and nothing changes', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    await mkdir(join(setup.projectDir, '.salvus'), { recursive: true })
    for (const path of ['a\0b', '', '.', '.salvus/x', 'n'.repeat(256)]) {
      await expect(
        (async () => handlers.create_file({ path, kind: 'file' }, setup.client))(),
      ).rejects.toMatchObject({
        code: expect.stringMatching(/bad_value|forbidden/),
      })
    }
    expect(await names(setup)).toEqual([])
  })
})

describe('operations', () => {
  test('a file is created with its text and the folders above it, and a taken name is refused', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    expect(
      await handlers.create_file(
        { path: 'a/b/notes.md', kind: 'file', text: 'hello' },
        setup.client,
      ),
    ).toEqual({
      path: 'a/b/notes.md',
    })
    expect(await readFile(join(setup.projectDir, 'a/b/notes.md'), 'utf8')).toBe('hello')
    await expect(
      (async () =>
        handlers.create_file(
          { path: 'a/b/notes.md', kind: 'file', text: 'other' },
          setup.client,
        ))(),
    ).rejects.toMatchObject({ code: 'exists' })
    expect(await readFile(join(setup.projectDir, 'a/b/notes.md'), 'utf8')).toBe('hello')
  })

  test('a move never replaces a file without being told to, and tells who has it open', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    await writeFile(join(setup.projectDir, 'a.txt'), 'a')
    await writeFile(join(setup.projectDir, 'b.txt'), 'b')
    await expect(
      (async () =>
        handlers.move_file({ from: 'a.txt', to: 'b.txt', onConflict: 'refuse' }, setup.client))(),
    ).rejects.toMatchObject({ code: 'exists' })
    expect(
      await handlers.move_file({ from: 'a.txt', to: 'b.txt', onConflict: 'rename' }, setup.client),
    ).toEqual({
      path: 'b (2).txt',
    })
    expect(await readFile(join(setup.projectDir, 'b.txt'), 'utf8')).toBe('b')
    await handlers.move_file(
      { from: 'b (2).txt', to: 'b.txt', onConflict: 'replace' },
      setup.client,
    )
    expect(await readFile(join(setup.projectDir, 'b.txt'), 'utf8')).toBe('a')
    expect(setup.moved).toEqual([
      ['a.txt', 'b (2).txt'],
      ['b (2).txt', 'b.txt'],
    ])
  })

  test('a folder is copied whole, not into itself, and a failed copy leaves nothing behind', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    await mkdir(join(setup.projectDir, 'd/e'), { recursive: true })
    await writeFile(join(setup.projectDir, 'd/e/f'), 'x')
    await handlers.copy_file({ from: 'd', to: 'copy', onConflict: 'refuse' }, setup.client)
    expect(await readFile(join(setup.projectDir, 'copy/e/f'), 'utf8')).toBe('x')
    for (const to of ['d/e/inner', 'copy']) {
      await expect(
        (async () => handlers.copy_file({ from: 'd', to, onConflict: 'refuse' }, setup.client))(),
      ).rejects.toMatchObject({ code: expect.stringMatching(/bad_value|exists/) })
    }
    expect(await names(setup)).toEqual(['copy', 'd'])
    expect(await names(setup, 'd/e')).toEqual(['f'])
  })

  test('what was deleted comes back from the trash, and one that can not be deleted brings the others back', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    await mkdir(join(setup.projectDir, 'd'))
    await writeFile(join(setup.projectDir, 'd/x'), '12345')
    await expect(
      (async () => handlers.delete_files({ paths: ['d', 'absent'] }, setup.client))(),
    ).rejects.toMatchObject({ code: 'not_found' })
    expect(await names(setup)).toEqual(['d'])
    const { trashIds } = await handlers.delete_files({ paths: ['d'] }, setup.client)
    expect(await names(setup)).toEqual([])
    expect(await handlers.list_trash({}, setup.client)).toMatchObject({
      entries: [{ path: 'd', kind: 'directory', sizeBytes: 5 }],
      sizeBytes: 5,
    })
    await mkdir(join(setup.projectDir, 'd'))
    expect(await handlers.restore_files({ trashIds, onConflict: 'rename' }, setup.client)).toEqual({
      paths: ['d (2)'],
    })
    expect(await readFile(join(setup.projectDir, 'd (2)/x'), 'utf8')).toBe('12345')
    await handlers.delete_files({ paths: ['d'] }, setup.client)
    await handlers.empty_trash({}, setup.client)
    expect(await handlers.list_trash({}, setup.client)).toEqual({ entries: [], sizeBytes: 0 })
  })
})

test('a watched folder tells of a change made outside Salvus, and of its end', async () => {
  const setup = await setUp()
  await mkdir(join(setup.projectDir, 'd'))
  await setup.area.handlers.list_directory({ path: 'd', watch: true }, setup.client)
  await writeFile(join(setup.projectDir, 'd/new.txt'), 'x')
  expect(await setup.client.notice('directory_changed')).toMatchObject({
    path: 'd',
    entries: [{ name: 'new.txt' }],
  })
  await setup.area.handlers.delete_files({ paths: ['d'] }, setup.client)
  await setup.client.until(() =>
    setup.client.notices.some(
      ({ body }) => typeof body === 'object' && body !== null && 'gone' in body,
    ),
  )
})

describe('uploads', () => {
  const content = Buffer.from('0123456789')
  const sha256 = createHash('sha256').update(content).digest('hex')

  async function begin(setup: Setup, client: TestClient, uploadId?: string) {
    return setup.area.handlers.open_upload(
      {
        path: 'up.bin',
        sizeBytes: content.length,
        onConflict: 'refuse',
        ...(uploadId ? { uploadId } : {}),
      },
      client,
    )
  }
  const received = (client: TestClient, bytes: number) => () =>
    client.notices.some(
      ({ event, body }) =>
        event === 'upload_progress' && JSON.stringify(body).includes(`"receivedBytes":${bytes}`),
    )

  test('one that was cut off goes on where it stopped and appears only when it is whole', async () => {
    const setup = await setUp()
    const first = await begin(setup, setup.client)
    setup.channels.receive(first.channel, setup.client, content.subarray(0, 4))
    await setup.client.until(received(setup.client, 4))
    setup.client.leave()
    expect(await names(setup)).toEqual([])

    const again = new TestClient(2)
    await expect
      .poll(async () =>
        begin(setup, again, first.uploadId).then(
          (answer) => answer.offset,
          () => -1,
        ),
      )
      .toBe(4)
    const channel = [...setup.channels.owners.keys()].at(-1) as ChannelId
    setup.channels.receive(channel, again, content.subarray(4))
    await again.until(received(again, 10))
    expect(await setup.area.handlers.finish_upload({ channel, sha256 }, again)).toEqual({
      path: 'up.bin',
    })
    expect(await readFile(join(setup.projectDir, 'up.bin'))).toEqual(content)
    expect(await readdir(join(setup.projectDir, '.salvus/uploads'))).toEqual([])
  })

  test('too few bytes, too many, a wrong hash and a stranger are refused and no file appears', async () => {
    const setup = await setUp()
    const { handlers } = setup.area
    const { channel } = await begin(setup, setup.client)
    await expect(
      (async () => handlers.finish_upload({ channel }, setup.client))(),
    ).rejects.toMatchObject({
      code: 'bad_value',
    })
    expect(() => setup.channels.receive(channel, new TestClient(9), content)).toThrow(/no upload/)
    setup.channels.receive(channel, setup.client, Buffer.from('012345678X'))
    await expect(
      (async () => handlers.finish_upload({ channel, sha256 }, setup.client))(),
    ).rejects.toThrow(/SHA-256/)

    const second = await begin(setup, setup.client)
    setup.channels.receive(second.channel, setup.client, Buffer.concat([content, content]))
    expect(await setup.client.notice('upload_failed')).toMatchObject({ code: 'too_large' })
    expect(await names(setup)).toEqual([])
  })
})

describe('downloads', () => {
  test('a large file comes in chunks within the window, and a part of it from an offset', async () => {
    const setup = await setUp()
    const content = Buffer.alloc(3_000_000, 'abcdefg')
    await writeFile(join(setup.projectDir, 'big.bin'), content)
    const { channel, sizeBytes } = await setup.area.handlers.open_download(
      { path: 'big.bin' },
      setup.client,
    )
    expect(sizeBytes).toBe(content.length)
    const bytes = () => setup.client.binary.reduce((sum, each) => sum + each.payload.length, 0)
    await setup.client.until(() => bytes() >= 1_048_576)
    expect(bytes()).toBe(1_048_576)
    while (bytes() < content.length) {
      const before = bytes()
      setup.area.noticeHandlers.acknowledge_download(
        { channel, receivedBytes: before },
        setup.client,
      )
      await setup.client.until(() => bytes() > before)
    }
    await setup.client.notice('download_finished')
    expect(Buffer.concat(setup.client.binary.map((each) => each.payload)).equals(content)).toBe(
      true,
    )

    const other = new TestClient(2)
    await setup.area.handlers.open_download({ path: 'big.bin', offset: 7, lengthBytes: 3 }, other)
    await other.notice('download_finished')
    expect(Buffer.concat(other.binary.map((each) => each.payload)).toString()).toBe('abc')
  })

  test('a folder is not a download', async () => {
    const setup = await setUp()
    await mkdir(join(setup.projectDir, 'd'))
    await expect(
      (async () => setup.area.handlers.open_download({ path: 'd' }, setup.client))(),
    ).rejects.toMatchObject({
      code: 'not_a_file',
    })
    expect((await lstat(join(setup.projectDir, 'd'))).isDirectory()).toBe(true)
  })
})
