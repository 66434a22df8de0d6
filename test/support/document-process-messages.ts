import type { ChannelId, Role } from '../../src/messages/ids.ts'

export type ToDocumentProcess =
  | { kind: 'open'; request: number; client: number; role: Role; path: string }
  | { kind: 'save' | 'compare'; request: number; client: number; channel: ChannelId }
  | { kind: 'receive'; client: number; channel: ChannelId; payload: Uint8Array }

export type FromDocumentProcess =
  | { kind: 'answer'; request: number; value: unknown }
  | { kind: 'failed'; request: number; code: string; message: string }
  | { kind: 'binary'; client: number; channel: ChannelId; payload: Uint8Array }
  | { kind: 'notice'; client: number; event: string; body: unknown }
