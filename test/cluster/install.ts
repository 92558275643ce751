import type { TestProject } from 'vitest/node'
import type { Peer } from '../peers/peer.js'
import { findControlPlane } from './install/find-control-plane.js'
import { findKubectl } from './install/find-kubectl.js'
import { findNodeBox } from './install/find-node-box.js'
import type { ProgramName } from './programs.js'

/** Before the first test: builds what is missing, once, and says loudly what cannot be had. */
export async function setup(project: TestProject): Promise<void> {
  const controlPlane = await findControlPlane()
  const programs: Record<ProgramName, Peer> = {
    ...controlPlane,
    ...(await findKubectl()),
    'node-box': await findNodeBox(controlPlane),
  }
  for (const [name, program] of Object.entries(programs))
    if (program.kind !== 'found') console.log(`SKIPPED: ${name}: ${program.reason}`)
  project.provide('clusterPrograms', programs)
}
