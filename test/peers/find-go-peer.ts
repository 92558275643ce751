import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { cacheFolder, type Peer, publish, refusal } from './peer.js'
import type { GoPeer } from './pins.js'
import { run } from './run.js'

/**
 * A Go program at its pinned version: from an earlier run, from PATH when it was built from exactly
 * that version, or built by `go install` from the module proxy.
 */
export async function findGoPeer(peer: GoPeer): Promise<Peer> {
  const { name, module, version, command } = peer
  const folder = join(cacheFolder(), `${name}-${version}`)
  const program = join(folder, name)
  if (existsSync(program)) return { kind: 'found', path: program }

  if ((await run('go', ['version'])).status !== 0)
    return { kind: 'failed', reason: 'Go is not installed' }
  for (const place of (process.env['PATH'] ?? '').split(delimiter)) {
    const candidate = join(place, name)
    if (existsSync(candidate) && (await isUnmodified(candidate, peer)))
      return { kind: 'found', path: candidate }
  }

  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), 'go-'))
  const [bin, temporary] = [join(work, 'bin'), join(work, 'tmp')]
  mkdirSync(temporary)
  const built = await run('go', ['install', `${module}/${command}@${version}`], {
    // cgo compiles a file that it puts into the temporary folder: an `nvml.h` of somebody else
    // beside it would be taken for the module's own.
    env: { ...process.env, GOBIN: bin, TMPDIR: temporary, CGO_ENABLED: '1' },
    timeoutMs: 1_800_000,
  })
  if (built.status === 0) publish(bin, folder)
  rmSync(work, { recursive: true, force: true })
  return built.status === 0
    ? { kind: 'found', path: program }
    : refusal(built, /: (?:403 Forbidden|404 Not Found|410 Gone)/)
}

// Go programs carry the module version that they were built from; a changed tree shows as `+dirty`.
async function isUnmodified(program: string, { module, version }: GoPeer): Promise<boolean> {
  const { status, stdout } = await run('go', ['version', '-m', program])
  const main = /^\tmod\t(\S+)\t(\S+)/m.exec(stdout)
  return (
    status === 0 &&
    main?.[1] === module &&
    main[2] === version &&
    !stdout.includes('\tvcs.modified=true')
  )
}
