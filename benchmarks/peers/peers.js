// NVIDIA's own programs at the versions that test/peers pins, found, hosted and installed as its tests do.
// That is TypeScript, which Node 20 cannot load by itself.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { createViteServer } from 'vitest/node'

/** Calls `use` with what there is: hosts to run programs on, and for each peer its path or null. */
export async function withPeers(names, use) {
  const server = await createViteServer({
    root: fileURLToPath(new URL('../..', import.meta.url)),
    configFile: false,
    logLevel: 'error',
    appType: 'custom',
    server: { middlewareMode: true, watch: null, hmr: false, ws: false },
    optimizeDeps: { noDiscovery: true, include: [] },
  })
  try {
    const load = (file) => server.ssrLoadModule(`/test/peers/${file}.ts`)
    const { createHost } = await load('host')
    const paths = {}
    for (const name of names) {
      const { path, reason } = await find(name, load)
      if (path === undefined) console.error(`SKIPPED: ${name}: ${reason}`)
      paths[name] = path ?? null
    }
    return await use({ createHost, paths })
  } finally {
    await server.close()
  }
}

async function find(name, load) {
  const { goPeers, pythonPeers } = await load('pins')
  const group = pythonPeers.find((peers) => peers.some((peer) => peer.name === name))
  if (group !== undefined) {
    const { findPythonPeers } = await load('find-python-peers')
    return findPythonPeers(group)
  }
  if (!mayMount())
    return { reason: 'it reads /proc and /sys, over which this process may not mount: run as root' }
  const { findGoPeer } = await load('find-go-peer')
  return findGoPeer(goPeers.find((peer) => peer.name === name))
}

function mayMount() {
  return spawnSync('unshare', ['--mount', 'mount', '-t', 'tmpfs', 'none', '/mnt']).status === 0
}
