// One process with an NVML session on a simulated machine, driven call by call.
import { execFileSync } from 'node:child_process'
import { commandOf, environment, newStorePath, timeoutMs } from './programs.js'

export interface Answer {
  /** The NVML return code; for `control`, the status. */
  readonly ret: number
  readonly [member: string]: unknown
}

/** The NVML return codes that the tests name. */
export const nvml = {
  success: 0,
  uninitialized: 1,
  invalidArgument: 2,
  notSupported: 3,
  noPermission: 4,
  notFound: 6,
  insufficientSize: 7,
  driverNotLoaded: 9,
  functionNotFound: 13,
  gpuIsLost: 15,
  resetRequired: 16,
  inUse: 19,
  insufficientResources: 23,
  gpuNotFound: 28,
  unknown: 999,
} as const

/**
 * Runs the calls in a new process and returns their answers. A machine is text such as `A100-SXM4-40GB
 * +mig`, or the simulator's variables without their prefix.
 */
export function runCalls(
  machine: string | Readonly<Record<string, string>>,
  calls: readonly string[],
): readonly Answer[] {
  const variables = typeof machine === 'string' ? { MACHINE: machine } : machine
  const [command, ...args] = commandOf('nvml_shell')
  const output = execFileSync(command, args, {
    env: environment(variables),
    input: calls.map((call) => `${call}\n`).join(''),
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
    timeout: timeoutMs,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const answers = output.trimEnd().split('\n')
  if (answers.length !== calls.length) throw new Error(`${calls.length} calls, got:\n${output}`)
  return answers.map((line) => JSON.parse(line) as Answer)
}

/** The answers to calls after `init`. */
export function inSession(
  machine: string | Readonly<Record<string, string>>,
  calls: readonly string[],
): readonly Answer[] {
  return runCalls(machine, ['init', ...calls]).slice(1)
}

export function codes(answers: readonly Answer[]): readonly number[] {
  return answers.map((answer) => answer.ret)
}

/** Creates a machine in a new store and returns its path. */
export function makeStore(machine = 'A100-SXM4-40GB +mig'): string {
  const store = newStorePath()
  const [init] = runCalls({ STORE: store, MACHINE: machine }, ['init'])
  if (init?.ret !== nvml.success) throw new Error(`${machine} was refused: ${init?.ret}`)
  return store
}
