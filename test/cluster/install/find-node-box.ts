import { join } from 'node:path'
import type { Peer } from '../../peers/peer.js'
import { boxImage } from '../kubelet/box-image.js'
import { startContainerRuntime } from '../kubelet/container-runtime.js'
import { openNodeBox } from '../kubelet/node-box.js'

/** The machine for a real kubelet counts as found when containerd has run a container in it. */
export async function findNodeBox(
  programs: Readonly<Record<'containerd' | 'containerd-shim-runc-v2' | 'ctr', Peer>>,
): Promise<Peer> {
  const { containerd, 'containerd-shim-runc-v2': shim, ctr } = programs
  for (const program of [containerd, shim, ctr])
    if (program.kind !== 'found') return { kind: 'failed', reason: 'there is no containerd' }
  try {
    await using box = await openNodeBox()
    const runtime = await startContainerRuntime(box, {
      containerd: pathIn(containerd),
      'containerd-shim-runc-v2': pathIn(shim),
      ctr: pathIn(ctr),
    })
    const options = ['--rm', '--fifo-dir', join(box.folder, 'fifo')]
    const { status, stderr } = await runtime.ctr('run', ...options, boxImage, 'probe', '/bin/true')
    return status === 0
      ? { kind: 'found', path: box.folder }
      : { kind: 'failed', reason: `no container runs here: ${stderr.trim()}` }
  } catch (error) {
    return { kind: 'failed', reason: `no machine for a kubelet: ${String(error)}` }
  }
}

function pathIn(program: Peer): string {
  return program.kind === 'found' ? program.path : ''
}
