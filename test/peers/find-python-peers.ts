import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Peer, publish, refusal } from './peer.js'
import type { PythonPeer } from './pins.js'
import { run } from './run.js'

/** The Python that has all of these packages, at exactly these versions. */
export async function findPythonPeers(peers: readonly PythonPeer[]): Promise<Peer> {
  const wanted = peers.map(({ name, version }) => `${name}==${version}`)
  const folder = join(cacheFolder(), `python-${wanted.join('-')}`)
  const python = join(folder, 'bin/python')
  if (existsSync(python)) return { kind: 'found', path: python }

  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), 'python-'))
  const made = await run('python3', ['-m', 'venv', join(work, 'venv')])
  if (made.status !== 0) {
    rmSync(work, { recursive: true, force: true })
    return { kind: 'failed', reason: `Python with venv is not installed: ${made.stderr.trim()}` }
  }
  const installed = await run(join(work, 'venv/bin/python'), [
    ...['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'],
    ...wanted,
  ])
  // A virtual environment may be moved as long as it is entered by its `python`.
  if (installed.status === 0) publish(join(work, 'venv'), folder)
  rmSync(work, { recursive: true, force: true })
  return installed.status === 0
    ? { kind: 'found', path: python }
    : refusal(installed, /No matching distribution found|403 Client Error/)
}
