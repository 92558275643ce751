import type { TestProject } from 'vitest/node'
import { findGoPeer } from './find-go-peer.js'
import { findOwnProgram } from './find-own-program.js'
import { findPythonPeers } from './find-python-peers.js'
import type { Peer } from './peer.js'
import { goPeers, ownPeers, type PeerName, pythonPeers } from './pins.js'
import { run } from './run.js'

/** Before the first test: installs what is missing, once, and says loudly what cannot be had. */
export async function setup(project: TestProject): Promise<void> {
  const peers = {} as Record<PeerName, Peer>
  for (const peer of goPeers) peers[peer.name] = await findGoPeer(peer)
  for (const peer of ownPeers) peers[peer.name] = await findOwnProgram(peer)
  for (const group of pythonPeers) {
    const python = await findPythonPeers(group)
    // The first group that has a package is its own.
    for (const { name } of group) peers[name] ??= python
  }

  for (const { name, version } of [...goPeers, ...ownPeers, ...new Set(pythonPeers.flat())]) {
    const peer = peers[name]
    if (peer.kind !== 'found') console.log(`SKIPPED: ${name} ${version}: ${peer.reason}`)
  }
  const mounts =
    (await run('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt'])).status === 0
  if (!mounts)
    console.log('SKIPPED: what reads /proc or /sys: this process may not mount (run it as root)')

  project.provide('peers', peers)
  project.provide('mounts', mounts)
}
