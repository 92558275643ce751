import type { TestProject } from 'vitest/node'
import type { Peer } from '../peers/peer.js'
import { findControlPlane } from './install/find-control-plane.js'
import { findKubectl } from './install/find-kubectl.js'
import type { ProgramName } from './programs.js'

/** Before the first test: builds what is missing, once, and says loudly what cannot be had. */
export async function setup(project: TestProject): Promise<void> {
  const programs: Record<ProgramName, Peer> = {
    ...(await findControlPlane()),
    ...(await findKubectl()),
  }
  for (const [name, program] of Object.entries(programs))
    if (program.kind !== 'found') console.log(`SKIPPED: ${name}: ${program.reason}`)
  project.provide('clusterPrograms', programs)
}
