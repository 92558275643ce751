// Compiles the small C++ programs beside the tests, and runs them on the simulated driver.
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll } from 'vitest'
import { buildProgram } from '../build-program.js'

const here = dirname(fileURLToPath(import.meta.url))
const root = resolve(here, '../../..')

export const simulator: string = resolve(
  root,
  process.env['MIG_NVML_TEST_SIMULATOR'] ?? 'build/Release/simulator/libnvidia-ml.so.1',
)

if (!existsSync(simulator)) throw new Error(`${simulator} is not built: npm run build:native`)

export const scratch: string = mkdtempSync(join(tmpdir(), 'mig-nvml-simulator-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

let stores = 0

/** A path for a store that does not exist yet. */
export function newStorePath(): string {
  return join(scratch, `store-${stores++}`)
}

/**
 * AddressSanitizer of GCC 12 does not protect its own allocator at fork: a child of threads may hang in it.
 */
export const canFork: boolean = process.env['LD_PRELOAD']?.includes('libasan') !== true

const wordsOf = (variable: string): string[] => process.env[variable]?.split(' ') ?? []
const extraFlags = wordsOf('MIG_NVML_TEST_CXXFLAGS')
/** The program that runs the test programs: valgrind, or none. */
const runner = wordsOf('MIG_NVML_TEST_RUNNER')

/** Compiles `name`.cc with the files of native/ that it tests, and returns the program's path. */
export function compile(name: string, parts: readonly string[] = []): string {
  const flags = ['-O1', '-Wall', '-Wextra', '-Werror', ...extraFlags]
  const sources = [join(here, `${name}.cc`), ...parts.map((part) => join(root, 'native', part))]
  return buildProgram(name, sources, flags)
}

/** Environment of a program: the machine's variables without the prefix `MIG_SIMULATOR_`. */
export function environment(machine: Readonly<Record<string, string>>): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { MIG_NVML_TEST_SIMULATOR: simulator }
  // A library with sanitizers needs their runtime in every program that loads it.
  for (const name of ['PATH', 'LD_PRELOAD', 'ASAN_OPTIONS', 'UBSAN_OPTIONS', 'TSAN_OPTIONS']) {
    if (process.env[name] !== undefined) env[name] = process.env[name]
  }
  for (const [key, value] of Object.entries(machine)) env[`MIG_SIMULATOR_${key}`] = value
  return env
}

/** The command that runs a program: a file and its first arguments. */
export function commandOf(name: string): readonly [string, ...string[]] {
  const program = compile(name)
  const [command, ...args] = runner
  return command === undefined ? [program] : [command, ...args, program]
}

/** Long enough for a program under valgrind, too. */
export const timeoutMs: number = runner.length > 0 ? 600_000 : 240_000

/** Runs a program to its end and returns its output. */
export function run(
  name: string,
  machine: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): string {
  const env = environment(machine)
  const [command, ...before] = commandOf(name)
  return execFileSync(command, [...before, ...args], {
    env,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: timeoutMs,
  })
}

export function start(
  name: string,
  machine: Readonly<Record<string, string>>,
  args: readonly string[] = [],
): ChildProcessWithoutNullStreams {
  const [command, ...before] = commandOf(name)
  return spawn(command, [...before, ...args], { env: environment(machine) })
}
