import type { TestProject } from 'vitest/node'
import { findGoPeer } from './find-go-peer.js'
import { findPythonPeers } from './find-python-peers.js'
import type { Peer } from './peer.js'
import { goPeers, type PeerName, pythonPeers } from './pins.js'
import { run } from './run.js'

/** Before the first test: installs what is missing, once, and says loudly what cannot be had. */
export async function setup(project: TestProject): Promise<void> {
  const peers = {} as Record<PeerName, Peer>
  for (const peer of goPeers) peers[peer.name] = await findGoPeer(peer)
  const python = await findPythonPeers(pythonPeers)
  for (const { name } of pythonPeers) peers[name] = python

  for (const { name, version } of [...goPeers, ...pythonPeers]) {
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
