import type { DriverOptions } from '../../../types/machine/options.js'
import type { MigState } from '../../../types/model/state.js'
import { resolveLibrary } from '../../driver/connection/open-library.js'
import { lockFileOf } from '../../driver/lock/lock-file.js'
import {
  findInterrupted,
  type InterruptedApply,
  withIndexes,
} from '../../machine/journal/find-interrupted.js'
import { listDevices, readMachineStatus } from '../../machine/read.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { renderMachineSvg } from '../../render/svg-machine.js'
import { replaceFile } from '../../system/write-file.js'
import { readingOptions } from '../parse/machine.js'
import { isMeant, noSuchGpu, onlyGpu } from '../parse/one-gpu.js'
import { textOf } from '../parse/option-values.js'
import { machineOptions, svgOption } from '../parse/options.js'
import {
  type ExitStatus,
  type OptionValues,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'
import { formatDeviceList } from '../print/device-list.js'
import { showingInterrupted } from '../print/early.js'
import { printInterrupted } from '../print/interrupted.js'
import { printMachine, svgFile } from '../print/machine.js'
import { describeRoom, warnOfEmpty } from '../print/room.js'

export const statusVerb: Verb = {
  usage: '[options]',
  options: {
    gpu: {
      type: 'string',
      value: 'GPU',
      help: 'show this GPU alone, by index, UUID or PCI address',
    },
    'list-gpus': {
      type: 'boolean',
      short: 'L',
      help: 'list GPUs and MIG devices in the lines of nvidia-smi -L, and nothing else',
    },
    processes: {
      type: 'boolean',
      help: 'show memory in use and processes (default); --no-processes leaves them out',
    },
    ...svgOption,
    ...machineOptions,
  },
  run: (values, terminal) =>
    values['list-gpus'] === true ? runList(values, terminal) : runOrListPci(values, terminal),
}

async function runOrListPci(values: OptionValues, terminal: Terminal): Promise<ExitStatus> {
  const svg = await svgFile(values)
  const options = readingOptions(values, terminal)
  try {
    return await runStatus(values, terminal, { svg, options })
  } catch (error) {
    const { showPciGpus } = await import('./without-driver.js')
    return showPciGpus({ values, terminal, library: options.library }, error)
  }
}

interface Reading {
  readonly svg: string | undefined
  readonly options: DriverOptions
}

async function runStatus(
  values: OptionValues,
  terminal: Terminal,
  { svg, options }: Reading,
): Promise<ExitStatus> {
  const json = values['json'] === true
  const left = await findInterrupted(lockFileOf(resolveLibrary(options.library)))
  // With --json, standard output has one value.
  const early = json ? { ...terminal, out: terminal.err } : terminal
  const { result, wasShown } = await showingInterrupted(left, early, () =>
    readMachineStatus({ ...options, processes: values['processes'] !== false }),
  )
  const gpu = textOf(values, 'gpu')
  const state = gpu === undefined ? result.state : onlyGpu(result.state, gpu)
  const all = left === null ? null : withIndexes(left, result.state)
  const interruptedApplies = gpu === undefined ? all : (all?.filter(concerns(state)) ?? null)
  if (svg !== undefined) await replaceFile(svg, renderMachineSvg(state, { fold: true }))
  const { cudaVersion } = result
  if (json) {
    terminal.out(`${JSON.stringify({ ...state, cudaVersion, interruptedApplies }, null, 2)}\n`)
    return 0
  }
  const cuda = cudaVersion === null ? '' : `, CUDA ${cudaVersion}`
  terminal.out(`driver ${state.driverVersion}${cuda}\n`)
  printMachine(state, terminal)
  for (const line of describeRoom(state, terminal.textColumns)) terminal.out(`${line}\n`)
  const warning = warnOfEmpty(state)
  if (warning !== null) terminal.err(`${warning}\n`)
  if (!wasShown) printInterrupted(interruptedApplies ?? [], terminal)
  return 0
}

function concerns({ gpus, lostGpus }: MigState): (apply: InterruptedApply) => boolean {
  const uuids = [...gpus, ...lostGpus].map(({ uuid }) => uuid)
  return (apply) => apply.gpus.some(({ gpu }) => uuids.includes(gpu))
}

async function runList(values: OptionValues, terminal: Terminal): Promise<ExitStatus> {
  const gpu = textOf(values, 'gpu')
  if (textOf(values, 'svg') !== undefined) throw new UsageError('-L and --svg cannot be combined')
  const all = await listDevices(readingOptions(values, terminal))
  const gpus = gpu === undefined ? all : all.filter(isMeant(gpu))
  if (gpu !== undefined && gpus.length === 0)
    throw noSuchGpu(gpu, `GPU ${formatIndexRanges(all.map(({ index }) => index))}`)
  terminal.out(
    values['json'] === true ? `${JSON.stringify(gpus, null, 2)}\n` : formatDeviceList(gpus),
  )
  return 0
}
