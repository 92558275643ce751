import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root: string = fileURLToPath(new URL('../..', import.meta.url))
const folder = join(root, 'build/test-programs')
/** The sources of all programs, and the generator of their headers. */
const ingredients = ['native', 'test/native', 'catalog', 'scripts/generate-catalog.mjs']

/** Compilers must not run with the sanitizers' runtime, which the tests preload. */
function environment(): NodeJS.ProcessEnv {
  const { LD_PRELOAD: _, ...env } = process.env
  return env
}

let known: Buffer | undefined

function hashOfIngredients(): Buffer {
  if (known !== undefined) return known
  const hash = createHash('sha256')
  hash.update(execFileSync('c++', ['--version'], { env: environment() }))
  const add = (path: string): void => {
    hash
      .update(`${path}\n`)
      .update(readFileSync(join(root, path)))
      .update('\n')
  }
  for (const name of ingredients) {
    if (/\.\w+$/.test(name)) add(name)
    else
      for (const file of readdirSync(join(root, name), {
        recursive: true,
        encoding: 'utf8',
      }).sort())
        if (/\.(?:cc|h|json)$/.test(file)) add(join(name, file))
  }
  known = hash.digest()
  return known
}

/**
 * Compiles a program of the tests, unless an equal one exists: compilation would take most of the suite's
 * time. `generate` writes missing headers into the folder that it gets.
 */
export function buildProgram(
  name: string,
  sources: readonly string[],
  flags: readonly string[],
  generate?: (headers: string) => void,
): string {
  const all = ['-std=c++20', ...flags, `-I${join(root, 'native')}`]
  const key = createHash('sha256').update(hashOfIngredients())
  const hash = key
    .update(JSON.stringify([sources, all]))
    .digest('hex')
    .slice(0, 16)
  const program = join(folder, `${name}-${hash}`)
  if (existsSync(program)) return program
  // Other tests may compile the same program now: each uses its own path, and the last one stays.
  const mine = join(folder, `${name}-${hash}-${process.pid}`)
  const headers = `${mine}-headers`
  mkdirSync(headers, { recursive: true })
  generate?.(headers)
  const args = [...all, `-I${headers}`, '-o', mine, ...sources, '-ldl', '-lpthread']
  execFileSync('c++', args, { env: environment() })
  rmSync(headers, { recursive: true })
  renameSync(mine, program)
  return program
}
