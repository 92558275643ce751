// Where the built files are: the addons and the simulated driver.
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MigError } from '../../errors.js'
import { packageRoot } from '../../model/package-root.js'

/** Where a built file may be. A folder that the environment names is the only candidate. */
export function builtPaths(file: string): readonly string[] {
  const { MIG_NVML_BINDING: named } = process.env
  if (named) return [join(named, file)]
  const root = fileURLToPath(packageRoot())
  return [
    join(root, 'build/Release', file),
    join(root, 'build/Debug', file),
    join(root, 'prebuilds', `${process.platform}-${process.arch}`, file),
  ]
}

/** The first that exists. Throws `MigError` `MIG_NATIVE_UNAVAILABLE`, whose message calls it `what`. */
export function findBuilt(file: string, what: string): string {
  const paths = builtPaths(file)
  const found = paths.find((path) => existsSync(path))
  if (found === undefined) throw unavailable(`${what} is not built`, paths.map(noSuchFile))
  return found
}

/** The first addon that loads. Throws as `findBuilt` does, with the loader's message. */
export function loadBuilt<Addon>(file: string, what: string): Addon {
  const require = createRequire(import.meta.url)
  const problems: string[] = []
  for (const path of builtPaths(file)) {
    if (!existsSync(path)) {
      problems.push(noSuchFile(path))
      continue
    }
    try {
      return require(path)
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw unavailable(`${what} cannot be loaded`, problems)
}

function noSuchFile(path: string): string {
  return `${path}: no such file`
}

function unavailable(problem: string, tried: readonly string[]): MigError {
  const lines = tried.map((line) => `  ${line}`).join('\n')
  return new MigError('MIG_NATIVE_UNAVAILABLE', `${problem}; tried\n${lines}`, { hint: hint() })
}

function hint(): string {
  if (process.platform !== 'linux')
    return `NVML's MIG functions exist on Linux; this is ${process.platform}`
  return 'in a checkout, run `npm run build:native`; in an installed package, its binaries are for glibc on x64 and arm64; in a bundle, mark `mig-nvml` as external'
}
