import { inject } from 'vitest'
import type { Peer } from '../peers/peer.js'

/** Programs that read what we write for containers. */
export type PartName =
  | 'nvidia-ctk'
  | 'container-device-interface'
  | 'podman with runc'
  | 'podman with crun'
  | 'slurmd'
  | 'node of the image'

declare module 'vitest' {
  interface ProvidedContext {
    containerParts: Readonly<Record<PartName, Peer>>
  }
}

/** For `describe.skipIf`: what is missing was said before the first test. */
export function isMissing(name: PartName): boolean {
  return inject('containerParts')[name].kind !== 'found'
}

/** The program of a part that is not missing. */
export function pathOf(name: PartName): string {
  const part = inject('containerParts')[name]
  if (part.kind !== 'found') throw new Error(`${name}: ${part.reason}`)
  return part.path
}
