import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

export const root = fileURLToPath(new URL('../..', import.meta.url))

export const usage = `usage: node test/device/check.js [options]

  --library PATH    NVML library (default: $MIG_NVML_LIBRARY, else libnvidia-ml.so.1)
  --out FILE        write the JSON document there instead of the standard output
  --probe PATH      a probe that was built elsewhere (default: built here with c++)
  --catalog PATH    compare with this catalog (default: catalog/mig-gpus.json)
  --timeout-s N     how long each of the two programs may take (default 300)
  --help

Reads only: no mode, instance, clock, setting or process is changed.`

/** Throws a TypeError for what cannot be understood. */
export function parseArguments(args) {
  const { values } = parseArgs({
    args,
    options: {
      library: { type: 'string' },
      out: { type: 'string' },
      probe: { type: 'string' },
      catalog: { type: 'string', default: `${root}/catalog/mig-gpus.json` },
      'timeout-s': { type: 'string', default: '300' },
      help: { type: 'boolean', default: false },
    },
  })
  const timeoutMs = Number(values['timeout-s']) * 1000
  if (!(timeoutMs > 0)) throw new TypeError('--timeout-s takes a positive number')
  return {
    ...values,
    library: values.library || process.env.MIG_NVML_LIBRARY || 'libnvidia-ml.so.1',
    timeoutMs,
  }
}
