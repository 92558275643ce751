import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { MigError } from '../errors.js'
import type { NativeAddon } from './addon.js'

const file = 'mig_nvml.node'
const packageRoot = fileURLToPath(new URL('../..', import.meta.url))

let loaded: NativeAddon | undefined

/** The addon, loaded on first use. Throws `MigError` `MIG_NATIVE_UNAVAILABLE`. */
export function loadNative(): NativeAddon {
  loaded ??= load(bindingPaths())
  return loaded
}

/** Where the addon may be. A folder that the environment names is the only one then. */
export function bindingPaths(): readonly string[] {
  const named = process.env['MIG_NVML_BINDING']
  if (named) return [join(named, file)]
  return [
    join(packageRoot, 'build/Release', file),
    join(packageRoot, 'build/Debug', file),
    join(packageRoot, 'prebuilds', `${process.platform}-${process.arch}`, file),
  ]
}

function load(paths: readonly string[]): NativeAddon {
  const require = createRequire(import.meta.url)
  const problems: string[] = []
  for (const path of paths) {
    if (!existsSync(path)) {
      problems.push(`${path}: no such file`)
      continue
    }
    try {
      return require(path)
    } catch (error) {
      problems.push(`${path}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }
  throw new MigError(
    'MIG_NATIVE_UNAVAILABLE',
    `the native addon cannot be loaded; tried\n${problems.map((line) => `  ${line}`).join('\n')}`,
    { hint: hint() },
  )
}

function hint(): string {
  if (process.platform !== 'linux')
    return `NVML's MIG functions exist on Linux; this is ${process.platform}`
  return 'in a checkout, run `npm run build:native`; in an installed package, its binaries are for glibc on x64 and arm64'
}
