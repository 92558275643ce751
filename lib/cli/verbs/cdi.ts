import type { CdiNaming } from '../../../types/containers/cdi.js'
import type { CdiUpdate, WriteCdiOptions, WrittenCdiSpec } from '../../../types/machine/cdi.js'
import { errorData } from '../../errors.js'
import { formatCdiSpec } from '../../machine/cdi/spec-text.js'
import { readCdiSpec } from '../../machine/cdi.js'
import { followCdiSpec, writeCdiSpec } from '../../machine/host.js'
import { cdiFormats, cdiNamings, isCdiKind } from '../../model/checks/cdi-rules.js'
import { readingOptions } from '../parse/machine.js'
import { choiceOf, given, optionalNumber, textOf } from '../parse/option-values.js'
import { driverFilesOptions, machineOptions, rootOption } from '../parse/options.js'
import {
  type OptionValues,
  refuseOverLimit,
  type Terminal,
  UsageError,
  type Verb,
} from '../parse/verb.js'

export const cdiVerb: Verb = {
  usage: '[-o FILE] [--watch] [options]',
  options: {
    'output-file': {
      type: 'string',
      short: 'o',
      aliases: ['output'],
      value: 'FILE',
      help: 'the file to write (default: /var/run/cdi/nvidia.yaml); - is standard output',
    },
    format: {
      type: 'string',
      value: 'FORMAT',
      choices: cdiFormats,
      help: 'the format (default: json for a file that ends in .json, else yaml)',
    },
    names: {
      type: 'string',
      value: 'HOW',
      help: 'how devices are named: index, type-index, uuid, or several with commas (default: index,uuid)',
    },
    kind: { type: 'string', value: 'KIND', help: 'vendor and class (default: nvidia.com/gpu)' },
    ...driverFilesOptions,
    watch: {
      type: 'boolean',
      short: 'w',
      help: 'write the file again whenever the devices change',
    },
    'interval-ms': {
      type: 'string',
      value: 'N',
      help: 'with --watch: milliseconds between two reads (default 1000); driver events are read at once',
    },
    ...rootOption,
    ...machineOptions,
  },
  jsonLines: true,
  async run(values, terminal) {
    const file = textOf(values, 'output-file')
    const options: WriteCdiOptions = {
      ...readingOptions(values, terminal),
      ...given('root', textOf(values, 'root')),
      ...given('file', file),
      ...given('format', choiceOf(values, 'format', cdiFormats)),
      ...given('names', namesOf(values)),
      ...given('kind', kindOf(values)),
      ...given('merge', textOf(values, 'merge')),
      ...given('driverRoot', textOf(values, 'driver-root')),
    }
    if (options.merge !== undefined && options.driverRoot !== undefined)
      throw new UsageError('--merge and --driver-root cannot be combined')
    if (options.merge === undefined && options.driverRoot === undefined) terminal.err(nodesAlone)
    if (values['watch'] === true) {
      if (file === '-') throw new UsageError('--watch needs a file')
      await follow(options, values, terminal)
      return 0
    }
    if (values['interval-ms'] !== undefined) throw new UsageError('--interval-ms needs --watch')
    if (file === '-')
      terminal.out(formatCdiSpec(await readCdiSpec(options), options.format ?? 'yaml'))
    else print({ kind: 'written', ...(await writeCdiSpec(options)) }, values, terminal)
    return 0
  },
}

const nodesAlone =
  'note: the specification has no libraries of the driver: --driver-root / adds them, --merge FILE keeps those of nvidia-ctk\n'

function kindOf(values: OptionValues): string | undefined {
  const kind = textOf(values, 'kind')
  if (kind !== undefined && !isCdiKind(kind))
    throw new UsageError(`--kind takes a vendor and a class, such as nvidia.com/gpu, not '${kind}'`)
  return kind
}

function namesOf(values: OptionValues): readonly CdiNaming[] | undefined {
  const text = textOf(values, 'names')
  const names = text?.split(',').map((name) => {
    const found = cdiNamings.find((naming) => naming === name.trim())
    if (found === undefined)
      throw new UsageError(`--names takes ${cdiNamings.join(', ')}, not '${name.trim()}'`, {
        written: name.trim(),
        names: cdiNamings,
      })
    return found
  })
  if (names !== undefined && new Set(names).size < names.length)
    throw new UsageError(`--names takes each name once, not '${text}'`)
  return names
}

/** Ends with the signal. */
async function follow(
  options: WriteCdiOptions,
  values: OptionValues,
  terminal: Terminal,
): Promise<void> {
  const interval = given('intervalMs', optionalNumber(values, 'interval-ms', 1))
  try {
    for await (const update of followCdiSpec({ ...options, ...interval }))
      print(update, values, terminal)
  } catch (error) {
    if (!terminal.signal.aborted) throw error
    refuseOverLimit(terminal.signal)
  }
}

function print(update: CdiUpdate, values: OptionValues, { out, err }: Terminal): void {
  if (update.kind === 'written') warn(update, err)
  if (values['json'] === true) out(`${JSON.stringify(toJson(update))}\n`)
  else if (update.kind === 'written') out(`${describe(update)}\n`)
  else if (update.kind === 'failed') err(`${update.error.message}; it is tried again\n`)
  else err(`the machine cannot be read: ${update.error.message}\n`)
}

function warn({ file, conflicts }: WrittenCdiSpec, err: Terminal['err']): void {
  for (const { file: other, devices } of conflicts)
    err(
      `warning: ${other} defines ${describeDevices(devices)} as well as ${file}: container runtimes then find neither\n`,
    )
}

function describe({ file, spec, changed }: WrittenCdiSpec): string {
  const names = spec.devices.map(({ name }) => name)
  return `${file}: ${changed ? 'written' : 'unchanged'}, ${describeDevices(names)}`
}

const mostNames = 6

function describeDevices(names: readonly string[]): string {
  const shown = names.slice(0, mostNames).join(', ')
  const more = names.length - mostNames
  return more > 0 ? `${shown} and ${more} more` : shown
}

/** Without the specification, which stands in the file. */
function toJson(update: CdiUpdate): object {
  const time = new Date().toISOString()
  if (update.kind !== 'written') return { time, kind: update.kind, error: errorData(update.error) }
  const { file, spec, changed, conflicts } = update
  return {
    time,
    kind: update.kind,
    file,
    changed,
    devices: spec.devices.map(({ name }) => name),
    conflicts,
  }
}
