import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { basename, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { cacheFolder, type Peer, publish, refusal } from './peer.js'
import type { OwnProgram } from './pins.js'
import { run } from './run.js'

/**
 * A small program of ours over other people's packages, which are those of its lock file: from an
 * earlier run of the same source, or built by the language's own package client.
 */
export async function findOwnProgram(peer: OwnProgram): Promise<Peer> {
  const source = fileURLToPath(new URL(peer.folder, import.meta.url))
  const folder = basename(source)
  const program = join(cacheFolder(), `${folder}-${hashOf(source)}`)
  if (existsSync(program)) return { kind: 'found', path: program }

  mkdirSync(cacheFolder(), { recursive: true })
  const work = mkdtempSync(join(cacheFolder(), `${folder}-`))
  try {
    return await languages[peer.language]({ source, work, folder, program })
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

interface Build {
  readonly source: string
  /** An empty folder. */
  readonly work: string
  readonly folder: string
  readonly program: string
}

const languages = { go: buildGo, rust: buildRust } as const

async function buildGo({ source, work, program }: Build): Promise<Peer> {
  if ((await run('go', ['version'])).status !== 0)
    return { kind: 'failed', reason: 'Go is not installed' }
  const made = join(work, 'program')
  const built = await run('go', ['build', '-mod=readonly', '-o', made, '.'], {
    cwd: source,
    env: { ...process.env, TMPDIR: work, CGO_ENABLED: '1' },
    timeoutMs: 1_800_000,
  })
  if (built.status !== 0) return refusal(built, /: (?:403 Forbidden|404 Not Found|410 Gone)/)
  publish(made, program)
  return { kind: 'found', path: program }
}

// The crate is named as its folder.
async function buildRust({ source, work, folder, program }: Build): Promise<Peer> {
  if ((await run('cargo', ['--version'])).status !== 0)
    return { kind: 'failed', reason: 'Rust is not installed' }
  const built = await run('cargo', ['build', '--quiet', '--locked', '--target-dir', work], {
    cwd: source,
    env: process.env,
    timeoutMs: 1_800_000,
  })
  if (built.status !== 0) return refusal(built, /got 40[34]|status code 40[34]/)
  publish(join(work, 'debug', folder), program)
  return { kind: 'found', path: program }
}

function hashOf(folder: string): string {
  const hash = createHash('sha256')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
  for (const file of files.sort())
    hash.update(`${file.slice(folder.length)}\n`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 16)
}
