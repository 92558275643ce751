import { inject } from 'vitest'
import type { Peer } from '../peers/peer.js'

/** The programs of a cluster, as their projects publish them, and `node-box`: a machine for a real kubelet. */
export type ProgramName =
  | 'etcd'
  | 'kube-apiserver'
  | 'kube-controller-manager'
  | 'kube-scheduler'
  | 'kubelet'
  | 'kubelet-devices'
  | 'kwok'
  | 'containerd'
  | 'containerd-shim-runc-v2'
  | 'ctr'
  | 'node-box'
  | 'kubectl'
  | 'helm'

declare module 'vitest' {
  interface ProvidedContext {
    clusterPrograms: Readonly<Record<ProgramName, Peer>>
  }
}

/** What a control plane with simulated nodes needs. */
const controlPlane: readonly ProgramName[] = [
  'etcd',
  'kube-apiserver',
  'kube-controller-manager',
  'kube-scheduler',
  'kwok',
]

/** For `describe.skipIf`: what is missing was said before the first test. */
export function isMissing(...names: readonly ProgramName[]): boolean {
  const programs = inject('clusterPrograms')
  return names.some((name) => programs[name].kind !== 'found')
}

/** For `describe.skipIf`: there is no cluster to be had here. */
export function hasNoCluster(): boolean {
  return isMissing(...controlPlane)
}

/** A program that is not missing. */
export function pathOf(name: ProgramName): string {
  const program = inject('clusterPrograms')[name]
  if (program.kind !== 'found') throw new Error(`${name}: ${program.reason}`)
  return program.path
}
