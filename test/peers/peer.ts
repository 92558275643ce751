import { existsSync, renameSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { inject } from 'vitest'
import type { PeerName } from './pins.js'
import type { Run } from './run.js'

/** Where a peer is, or why it is not to be had. */
export type Peer =
  /** The program; of a Python package, the Python that has it. */
  | { readonly kind: 'found'; readonly path: string }
  /** The registry says that it does not serve this version: no later try can change that. */
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string }

declare module 'vitest' {
  interface ProvidedContext {
    peers: Readonly<Record<PeerName, Peer>>
    mounts: boolean
  }
}

/** What was installed is kept between runs, outside the repository. */
export function cacheFolder(): string {
  const { XDG_CACHE_HOME: cache } = process.env
  return join(
    cache === undefined || cache === '' ? join(homedir(), '.cache') : cache,
    'mig-nvml-peers',
  )
}

/** Puts what was made into its place in the cache; another run may have been faster. */
export function publish(made: string, place: string): void {
  try {
    renameSync(made, place)
  } catch (error) {
    if (!existsSync(place)) throw error
  }
}

export function refusal(attempt: Run, no: RegExp): Peer {
  const lines = `${attempt.stderr}${attempt.stdout}`.trim().split('\n')
  const reason = (lines.find((line) => no.test(line)) ?? lines.at(-1) ?? '').trim()
  return { kind: lines.some((line) => no.test(line)) ? 'refused' : 'failed', reason }
}

/** For `describe.skipIf`: what is missing was said before the first test. */
export function isMissing(name: PeerName): boolean {
  return inject('peers')[name].kind !== 'found'
}

/** The program of a peer that is not missing. */
export function peerPath(name: PeerName): string {
  const peer = inject('peers')[name]
  if (peer.kind !== 'found') throw new Error(`${name}: ${peer.reason}`)
  return peer.path
}
