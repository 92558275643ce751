import type { TestProject } from 'vitest/node'
import { findGoPeer } from '../peers/find-go-peer.js'
import { findOwnProgram } from '../peers/find-own-program.js'
import type { Peer } from '../peers/peer.js'
import { toolkit } from '../peers/pins.js'
import { run } from '../peers/run.js'
import { createBox, type Runtime } from './box.js'
import { findImageNode } from './image/find-image-node.js'
import type { PartName } from './parts.js'

/** Before the first test: looks for each part, runs it once, and says loudly what cannot be had. */
export async function setup(project: TestProject): Promise<void> {
  const parts: Record<PartName, Peer> = {
    'nvidia-ctk': await findToolkit(),
    // The version is that of its go.mod.
    'container-device-interface': await findOwnProgram({
      folder: '../containers/cdi-cache',
      language: 'go',
    }),
    'podman with runc': await findRuntime('runc'),
    'podman with crun': await findRuntime('crun'),
    slurmd: await findProgram('slurmd', ['-V']),
    'node of the image': findImageNode(),
  }
  for (const [name, part] of Object.entries(parts))
    if (part.kind !== 'found') console.log(`SKIPPED: ${name}: ${part.reason}`)
  project.provide('containerParts', parts)
}

async function findToolkit(): Promise<Peer> {
  const mounts = await run('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])
  if (mounts.status !== 0)
    return { kind: 'failed', reason: 'this process may not mount (run it as root)' }
  return findGoPeer(toolkit)
}

/** A runtime counts as found when a container has run. */
async function findRuntime(runtime: Runtime): Promise<Peer> {
  for (const program of ['podman', runtime, 'busybox']) {
    const found = await findProgram(program, [program === 'busybox' ? 'true' : '--version'])
    if (found.kind !== 'found') return found
  }
  using box = createBox(runtime)
  const { status, stderr } = await box.run([], 'exit 0')
  return status === 0
    ? { kind: 'found', path: runtime }
    : { kind: 'failed', reason: `no container runs here: ${stderr.trim()}` }
}

async function findProgram(name: string, args: readonly string[]): Promise<Peer> {
  const { status, stderr } = await run(name, args)
  if (status === 0) return { kind: 'found', path: name }
  return { kind: 'failed', reason: stderr.trim().split('\n').at(-1) ?? '' }
}
