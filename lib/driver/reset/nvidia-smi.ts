import { execFile } from 'node:child_process'
import { nvmlReturn } from '../../nvml-codes.js'
import type { ResetFailure } from './reset-failure.js'

/**
 * Has the driver's tool reset one GPU; null when it did. It is not cut short: a reset that is broken
 * off would leave the GPU in an unknown state.
 */
export function resetByTool(root: string, pciBusId: string): Promise<ResetFailure | null> {
  const reset = ['nvidia-smi', '--gpu-reset', '-i', pciBusId]
  // A driver that lives in a container brings its tool along (gpu-operator: /run/nvidia/driver).
  const [program = '', ...args] = root === '/' ? reset : ['chroot', root, ...reset]
  return new Promise((resolve) => {
    execFile(program, args, { env: englishEnvironment() }, (error, stdout, stderr) => {
      resolve(error === null ? null : explain(error, `${stdout}\n${stderr}`))
    })
  })
}

function englishEnvironment(): NodeJS.ProcessEnv {
  return { ...process.env, LC_ALL: 'C' }
}

/** The tool ends with an NVML return code, but not in every version: its words count as well. */
function explain(error: Error & { readonly code?: unknown }, output: string): ResetFailure {
  const words = output.split(/\s+/).join(' ').trim()
  const text = words === '' ? error.message : words
  const kind: ResetFailure['kind'] =
    error.code === nvmlReturn.notSupported || /not supported|primary GPU/i.test(words)
      ? 'unsupported'
      : error.code === nvmlReturn.noPermission || /permission/i.test(words)
        ? 'forbidden'
        : /in use|being used/i.test(words)
          ? 'in-use'
          : 'failed'
  return { kind, text: `nvidia-smi: ${text}`, cause: error }
}
