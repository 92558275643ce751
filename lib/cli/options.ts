import { readFile } from 'node:fs/promises'
import type { DriverOptions, LibraryRef } from '../../types/options.js'
import { textOf } from './option-values.js'
import { simulatedMachine } from './simulated-machine.js'
import { type OptionTable, type OptionValues, type Terminal, UsageError } from './verb.js'

export const machineOptions: OptionTable = {
  library: { type: 'string' },
  simulate: { type: 'string' },
  store: { type: 'string' },
  json: { type: 'boolean' },
}

export const configOptions: OptionTable = {
  file: { type: 'string', short: 'f' },
  config: { type: 'string', short: 'c' },
  ...machineOptions,
}

/** Help lines, in the order in which they are shown. */
export const optionHelp: Readonly<Record<string, string>> = {
  file: '-f, --file FILE        the configuration file (YAML or JSON); - reads standard input',
  config: '-c, --config NAME      which of its configurations; may be left out when it has one',
  library:
    '    --library PATH     NVML library (default: $MIG_NVML_LIBRARY, else libnvidia-ml.so.1)',
  simulate:
    "    --simulate SPEC    a simulated machine instead: '8x A100-SXM4-40GB'; kept in a file",
  store: '    --store FILE       the file that holds the simulated machine',
  json: '    --json             print data instead of text',
  'dry-run': '    --dry-run          show what would be done, and touch nothing',
  concurrency: '    --concurrency N    how many GPUs change side by side (default 2)',
  driver: '    --driver VERSION   with create and path: 580.65.06, or a branch such as R535',
  control: '    --control          with journal: what was done to the machine from outside, too',
  seed: '    --seed N           with create: part of UUIDs and serial numbers',
  reset: '    --reset POLICY     with create: automatic, manual or refused',
  privileges: '    --privileges WHAT  with create: admin, config, monitor or none',
  kind: '    --kind KIND        compute, graphics or mps',
  us: '    --us N             with latency --fn: microseconds per call',
  pid: '    --pid PID          the process',
  gpu: '    --gpu INDEX        the GPU, by NVML index',
  'gpu-instance':
    '    --gpu-instance ID  with --compute-instance: the MIG device that the process uses',
  'compute-instance': '    --compute-instance ID',
  name: '    --name TEXT        what the process is called',
  'memory-mib': '    --memory-mib N     how much memory it has',
  fn: '    --fn FUNCTION      the NVML function: nvmlGpuInstanceDestroy',
  nth: '    --nth N            which call of it from now on (default 1)',
  times: '    --times N          how many calls from there (default 1)',
  error: '    --error CODE       what they answer: NVML_ERROR_IN_USE',
  'hang-ms': '    --hang-ms N        how long they hang first',
}

/** The library that the options name, a simulated machine included. */
export function driverOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  const library = libraryOf(values)
  return { signal: terminal.signal, ...(library === undefined ? {} : { library }) }
}

function libraryOf(values: OptionValues): string | LibraryRef | undefined {
  const { library, simulate, store } = values
  if (typeof library === 'string') {
    if (simulate !== undefined || store !== undefined)
      throw new UsageError('--library and --simulate exclude each other')
    return library
  }
  if (typeof simulate === 'string' || typeof store === 'string')
    return simulatedMachine(textOf(values, 'simulate'), textOf(values, 'store')).library
  return undefined
}

/** The document's text, and the options that select from it. */
export async function readConfig(
  values: OptionValues,
  terminal: Terminal,
): Promise<{ text: string; config?: string }> {
  const { file, config } = values
  if (typeof file !== 'string') throw new UsageError('which configuration file? -f FILE')
  const text = file === '-' ? await terminal.readStdin() : await readFile(file, 'utf8')
  return typeof config === 'string' ? { text, config } : { text }
}
