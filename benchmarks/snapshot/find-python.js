// The Python that has nvidia-ml-py at the version that test/peers pins; the two share their cache.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Its path, or why there is none. */
export function findPython() {
  const packages = pinnedPackages()
  const cache = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mig-nvml-peers')
  const folder = join(cache, `python-${packages.join('-')}`)
  const path = join(folder, 'bin/python')
  if (existsSync(path)) return { path }

  mkdirSync(cache, { recursive: true })
  const work = mkdtempSync(join(cache, 'python-'))
  try {
    const venv = join(work, 'venv')
    const problem =
      run('python3', ['-m', 'venv', venv]) ??
      run(join(venv, 'bin/python'), ['-m', 'pip', 'install', '--quiet', ...packages])
    if (problem !== undefined) return { problem }
    renameSync(venv, folder)
    return { path }
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/** The pins are TypeScript, which Node 20 cannot load: their one-line entries are Python's. */
function pinnedPackages() {
  const pins = readFileSync(new URL('../../test/peers/pins.ts', import.meta.url), 'utf8')
  const found = [...pins.matchAll(/\{ name: '([^']+)', version: '([^']+)' \}/g)]
  if (found.length === 0) throw new Error('test/peers/pins.ts pins no Python package')
  return found.map(([, name, version]) => `${name}==${version}`)
}

/** Undefined when all went well. */
function run(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' })
  return status === 0 ? undefined : (error?.message ?? stderr.trim().split('\n').at(-1))
}
