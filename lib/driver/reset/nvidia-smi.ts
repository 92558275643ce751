import { nvmlReturn } from '../../nvml-codes.js'
import { type ProgramEnd, runProgram } from '../../system/run-program.js'
import type { ResetFailure } from './reset-failure.js'

/** A reset takes seconds; with NVLink training, or many GPUs at once, up to about a minute. */
export const defaultResetTimeoutMs = 300_000

/**
 * Lets the driver's tool reset one GPU; null when it did. Only the time limit ends it early, because an
 * interrupted reset leaves the GPU in an unknown state.
 */
export async function resetByTool(
  root: string,
  pciBusId: string,
  timeoutMs: number = defaultResetTimeoutMs,
): Promise<ResetFailure | null> {
  const reset = ['nvidia-smi', '--gpu-reset', '-i', pciBusId]
  // A driver in a container has its own tool there (gpu-operator: /run/nvidia/driver).
  const [program = '', ...args] = root === '/' ? reset : ['chroot', root, ...reset]
  const env = { ...process.env, LC_ALL: 'C' }
  return explain(await runProgram(program, args, { env, timeoutMs, graceMs: 0 }), timeoutMs)
}

function explain(end: ProgramEnd, timeoutMs: number): ResetFailure | null {
  if (end.kind === 'not-started')
    return { kind: 'failed', text: `nvidia-smi: ${end.error.message}`, cause: end.error }
  const words = end.output.all.split(/\s+/).join(' ').trim()
  if (end.kind === 'stuck' || end.isStopped) {
    const fate = end.kind === 'stuck' ? 'cannot be killed: the driver hangs' : 'was killed'
    const said = words === '' ? '' : ` (${words})`
    return {
      kind: 'timed-out',
      text: `nvidia-smi has not ended within ${timeoutMs / 1000} s and ${fate}${said}`,
    }
  }
  if (end.status === 0) return null
  const how = end.status === null ? `ended by ${end.signal}` : `exit status ${end.status}`
  return {
    kind: refusalOf(end.status, words),
    text: `nvidia-smi: ${words === '' ? how : words}`,
    cause: new Error(`nvidia-smi --gpu-reset: ${how}`),
  }
}

/** Some versions of the tool end with an NVML return code, others do not, so its words count, too. */
function refusalOf(status: number | null, words: string): ResetFailure['kind'] {
  if (status === nvmlReturn.notSupported || /not supported|primary GPU/i.test(words))
    return 'unsupported'
  if (status === nvmlReturn.noPermission || /permission/i.test(words)) return 'forbidden'
  return /in use|being used/i.test(words) ? 'in-use' : 'failed'
}
