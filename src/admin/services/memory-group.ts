import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { codeOf } from '../../util/coded-error.ts'

const ROOT = '/sys/fs/cgroup'
const BYTES_PER_MB = 1024 * 1024

/** A control group of Linux with a limit of memory: what grows beyond is ended by the kernel, and nothing else. */
export interface MemoryGroup {
  readonly folder: string
  /** Takes it away again, once its processes have ended. */
  remove(): void
}

/** Makes one; undefined where this user or this kernel can't. */
export function makeMemoryGroup(name: string, memoryMB: number): MemoryGroup | undefined {
  const bytes = String(memoryMB * BYTES_PER_MB)
  try {
    return hasVersion2() ? version2(name, bytes) : version1(name, bytes)
  } catch (error) {
    if (['EACCES', 'EPERM', 'EROFS', 'ENOENT', 'EBUSY'].includes(codeOf(error) ?? ''))
      return undefined
    throw error
  }
}

function hasVersion2(): boolean {
  const controllers = join(ROOT, 'cgroup.controllers')
  return existsSync(controllers) && readFileSync(controllers, 'utf8').includes('memory')
}

function version2(name: string, bytes: string): MemoryGroup {
  writeFileSync(join(ROOT, 'cgroup.subtree_control'), '+memory')
  const folder = make(join(ROOT, name))
  writeFileSync(join(folder, 'memory.max'), bytes)
  return group(folder)
}

function version1(name: string, bytes: string): MemoryGroup {
  const folder = make(join(ROOT, 'memory', name))
  writeFileSync(join(folder, 'memory.limit_in_bytes'), bytes)
  return group(folder)
}

function make(folder: string): string {
  if (!existsSync(folder)) mkdirSync(folder)
  return folder
}

function group(folder: string): MemoryGroup {
  return {
    folder,
    remove: () => {
      try {
        rmdirSync(folder)
      } catch (error) {
        // A process that left children behind: the next start takes the group over.
        if (codeOf(error) !== 'EBUSY' && codeOf(error) !== 'ENOENT') throw error
      }
    },
  }
}
