import type { SlowCall } from '../../types/machine/options.js'
import { MigError } from '../errors.js'
import { type ExitStatus, type Terminal, TimeLimitError, UsageError } from './parse/verb.js'
import { eraseLine } from './print/terminal.js'

/** How long a driver call may take after the limit. Then it counts as one that never returns. */
const graceMs = 5000
const lookMs = 50
/** What a timer can hold. */
const longestSeconds = 2_147_483

/**
 * Runs a command that stops after a time, as after a signal: what it has changed is undone. Where a driver call does not
 * return, the command ends without it, and the error names the call. Rejects with the error of the command, or with
 * `ABORT_ERR`.
 */
export async function runWithin(
  text: string,
  terminal: Terminal,
  run: (terminal: Terminal) => Promise<ExitStatus>,
): Promise<ExitStatus> {
  const limit = new TimeLimitError(readSeconds(text))
  const over = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const hanging = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      over.abort(limit)
      const overAt = performance.now()
      timer = setInterval(() => {
        findHanging(overAt).then((call) => {
          if (call === null) return
          if (terminal.live) terminal.err(eraseLine)
          reject(hangingError(limit, call))
        }, reject)
      }, lookMs)
    }, limit.seconds * 1000)
  })
  try {
    const signal = AbortSignal.any([terminal.signal, over.signal])
    return await Promise.race([run({ ...terminal, signal }), hanging])
  } finally {
    clearInterval(timer)
  }
}

function readSeconds(text: string): number {
  const seconds = Number(text)
  if (!/^\d+(?:\.\d+)?$/.test(text) || seconds < 0.001 || seconds > longestSeconds)
    throw new UsageError(`--timeout takes seconds from 0.001 to ${longestSeconds}, not '${text}'`)
  return seconds
}

/** The driver call that has not returned since the limit. Reads return to the command at once, so it belongs to a change. */
async function findHanging(overAt: number): Promise<SlowCall | null> {
  const { longestCall } = await import('../driver/connection/slow-calls.js')
  const call = longestCall()
  const sinceMs = Math.min(performance.now() - overAt, call?.durationMs ?? 0)
  return sinceMs < graceMs ? null : call
}

function hangingError(
  limit: TimeLimitError,
  { fn, gpu, gpuIndex, durationMs }: SlowCall,
): MigError {
  const where = gpuIndex === null ? (gpu ?? '') : `GPU ${gpuIndex}`
  const call = `${fn}${where === '' ? '' : ` on ${where}`}`
  return new MigError(
    'ABORT_ERR',
    `the command was stopped (${limit.message}), and ends without ${call}, which has not returned for ${(durationMs / 1000).toFixed(0)} s`,
    {
      cause: limit,
      hint: 'GPUs may be half-changed: mig-nvml status shows what was interrupted, and mig-nvml recover cleans up',
    },
  )
}
