import { z } from 'zod'

import { defineNotice, defineRequest } from './define.ts'

/**
 * A project's launcher: between it and the local hub JSON messages go over the IPC channel that it started the local
 * hub with; between it and the project server a framed link (messages/hub-local-hub.ts), all frames of kind 0.
 */
export const launcherService = z.enum(['console', 'sage'])
export type LauncherService = z.infer<typeof launcherService>

/** Local hub -> launcher. */
export const localHubToLauncher = {
  /** Starts the service where it does not run, and answers the path of its Unix socket once it accepts. */
  ensure_service: defineRequest('public', { service: launcherService }, { socket: z.string() }),
}

/** Local hub (and other children) -> launcher: it accepts connections. */
export const childNotices = { ready: defineNotice('public', {}) }

/** Project server -> launcher. */
export const projectServerToLauncher = {
  /** Answered once the local hub accepts links; refused with `project_start_failed` where it keeps failing. */
  wait_ready: defineRequest('public', {}, {}),
  /** Ends every process of the project, and then itself. Answered when none is left. */
  stop: defineRequest('public', {}, {}),
  /** The same at once: nothing may write any more. */
  end: defineRequest('public', {}, {}),
}

/** Project server -> launcher. */
export const projectServerToLauncherNotices = {
  /**
   * The host's lease was renewed. Times since this machine was booted, in milliseconds: the launcher freezes the
   * project at the first and ends it at the second, unless they are extended before.
   */
  extend_lease: defineNotice('public', { freezeMs: z.number(), endMs: z.number() }),
}

/** Launcher -> project server. */
export const launcherToProjectServerNotices = {
  /** All processes of the project stand still, or go on. Told at each new link too. */
  frozen: defineNotice('public', { frozen: z.boolean() }),
}
