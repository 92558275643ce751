const driverNotLoaded = 9
const gpuNotFound = 28

/**
 * `checked`, or why there was nothing to check (`no-library`, `no-gpu`), or `broken`: there is a
 * library, and it does not do what every NVML library does.
 */
export function judge(outcome, library) {
  if (outcome.kind === 'reading') return judgeReading(outcome.reading)
  const { code, ret, message } = outcome
  const missing = `${library}: cannot open shared object file: No such file`
  if (code === 'MIG_DRIVER_NOT_FOUND' && message.includes(missing)) {
    return { result: 'no-library', problem: message }
  }
  if (ret === driverNotLoaded || ret === gpuNotFound) return { result: 'no-gpu', problem: message }
  return { result: 'broken', problem: message }
}

function judgeReading({ count }) {
  if (count.value === undefined) return { result: 'broken', problem: `${count.fn}: ${count.error}` }
  if (count.value === 0) return { result: 'no-gpu', problem: 'the driver reports 0 GPUs' }
  return { result: 'checked', problem: null }
}
