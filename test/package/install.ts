import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { TestProject } from 'vitest/node'

const root = fileURLToPath(new URL('../..', import.meta.url))

export interface Packed {
  readonly tarball: string
  readonly bytes: number
  readonly files: readonly string[]
  /** A user's folder with the tarball installed in it, and no script run. */
  readonly project: string
  /** Those that this machine could build. */
  readonly architectures: readonly string[]
}

declare module 'vitest' {
  interface ProvidedContext {
    packed: Packed
  }
}

/** Before the first test: builds what ships, packs it, and installs the tarball in an empty folder. */
export function setup(project: TestProject): () => void {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-package-'))
  const built = run('node', ['scripts/build-prebuilds.mjs'], root)
  for (const line of built.split('\n').filter((text) => text.startsWith('SKIPPED')))
    console.log(line)

  // No scripts: `prepare` would build dist/ and build/ anew, under the feet of other tests.
  const pack = ['pack', '--ignore-scripts', '--json', '--pack-destination', folder]
  const [packed] = Object.values(JSON.parse(run('npm', pack, root))) as [NpmPacked]
  const files = packed.files.map((file) => file.path).sort()

  const user = join(folder, 'project')
  mkdirSync(user)
  writeFileSync(join(user, 'package.json'), '{"name":"user","private":true,"type":"module"}')
  const tarball = join(folder, packed.filename)
  run('npm', ['install', '--ignore-scripts', '--no-audit', '--no-fund', tarball], user)

  project.provide('packed', {
    tarball,
    bytes: packed.size,
    files,
    project: user,
    architectures: ['arm64', 'x64'].filter((arch) =>
      files.some((file) => file.startsWith(`prebuilds/linux-${arch}/`)),
    ),
  })
  return () => rmSync(folder, { recursive: true, force: true })
}

interface NpmPacked {
  readonly filename: string
  readonly size: number
  readonly files: readonly { readonly path: string }[]
}

function run(command: string, args: readonly string[], cwd: string): string {
  return execFileSync(command, args, {
    cwd,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
}
