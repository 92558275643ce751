import type { MigConfigDocument, MigConfigEntry } from '../../types/config/config.js'
import type { CaseRun, ConformanceCase, GpuInWords } from './case.js'
import type { Observed } from './run-case.js'

/** A case, and what the two programs did. */
export interface ComparedCase {
  readonly conformanceCase: ConformanceCase
  readonly ours: readonly Observed[]
  readonly theirs: readonly Observed[]
}

const columns = [
  ...['case', 'start', 'asked for', 'command'],
  ...['ours: end', 'changes', 'calls'],
  ...['mig-parted: end', 'changes', 'calls'],
]

/** `docs/conformance.md`. */
export function conformancePage(cases: readonly ComparedCase[], reference: string): string {
  const rows = cases.flatMap(rowsOf)
  return `# Conformance with mig-parted

The same commands, on equal simulated machines, run through \`mig-nvml\` and through NVIDIA's MIG
Partition Editor (mig-parted ${reference}). A row is one command: how the GPUs are after it, how many
calls to the driver changed something or tried to, and how many there were altogether. An exit status
other than 0 stands in front. GPUs of one machine are separated by \`/\`; \`3g.20gb@4\` is a GPU
instance at memory unit 4, \`2c+1c\` are its compute instances where it is not one over all of it.
\`npm run conformance\` runs both and writes this page; nothing here is typed by hand.

${row(columns)}
${row(columns.map(() => '---'))}
${rows.map(row).join('\n')}
`
}

function rowsOf({ conformanceCase, ours, theirs }: ComparedCase): readonly (readonly string[])[] {
  const { id, variant, machine, layout, resetPolicy, busyAt, files, runs } = conformanceCase
  const name = variant === undefined ? id : `${id} ${variant}`
  const start = [
    machine,
    ...(layout === undefined ? [] : [describeMachine(layout.map((gpu) => gpu ?? 'off'))]),
    ...(resetPolicy === 'manual' ? ['a MIG mode waits for a reset'] : []),
    ...(resetPolicy === 'refused' ? ['no GPU can be reset'] : []),
    ...(busyAt === undefined ? [] : [`in use at ${busyAt}`]),
  ].join('; ')
  const asked = describeFile(files?.['config.json'])
  return runs.map((run, index) => [
    ...(index === 0 ? [name, start, asked] : ['', '', '']),
    describeCommand(run),
    ...cellsOf(ours[index]),
    ...cellsOf(theirs[index]),
  ])
}

function cellsOf(observed: Observed | undefined): readonly string[] {
  if (observed === undefined) return ['', '', '']
  const { status, end, changing, calls } = observed
  const failed = status === 0 ? '' : `exit ${status}; `
  return [`${failed}${describeMachine(end)}`, String(changing), String(calls)]
}

function describeCommand({ args, more = [], layout, machine }: CaseRun): string {
  const [verb = '', ...rest] = args
  const shown = rest.filter(
    (arg, index) =>
      !isAboutFile(arg) && !['-f', '-c', '-k'].includes(arg) && rest[index - 1] !== '-c',
  )
  const before = [
    ...(machine === undefined ? [] : [`on ${machine}`]),
    ...(layout === undefined ? [] : [`over ${describeMachine(layout.map((gpu) => gpu ?? 'off'))}`]),
  ]
  const ours = more.length === 0 ? '' : ` (ours: ${more.join(' ')})`
  return [`\`${[verb, ...shown].join(' ')}\``, ...before].join(', ') + ours
}

function isAboutFile(arg: string): boolean {
  return arg.includes('{folder}')
}

function describeFile(text: string | undefined): string {
  if (text === undefined) return ''
  try {
    const { 'mig-configs': configs = {} } = JSON.parse(text) as MigConfigDocument
    return Object.values(configs).flat().map(describeEntry).join('; ')
  } catch {
    return ''
  }
}

function describeEntry(entry: MigConfigEntry): string {
  const devices = Object.entries(entry['mig-devices'] ?? {})
  const which =
    typeof entry.devices === 'string' ? entry.devices : JSON.stringify(entry.devices ?? null)
  const filter = entry['device-filter'] ? ` ${entry['device-filter']}` : ''
  const wanted = devices.map(([name, count]) => `${count} × ${name}`).join(', ')
  const mode = entry['mig-enabled'] ? 'MIG on' : 'MIG off'
  return `${which}${filter}: ${wanted === '' ? mode : entry['mig-enabled'] ? wanted : `${mode}, ${wanted}`}`
}

function describeMachine(gpus: readonly GpuInWords[]): string {
  return gpus.map(describeGpu).join(' / ')
}

/** `1g.5gb@0,1,2` for three of them. */
function describeGpu(gpu: GpuInWords): string {
  if (typeof gpu === 'string') return gpu
  const places = new Map<string, string[]>()
  for (const instance of gpu) {
    const [, name = instance, place = '', inside = ''] = /^(.+)@(\d+)(.*)$/.exec(instance) ?? []
    const key = `${name}\n${inside}`
    places.set(key, [...(places.get(key) ?? []), place])
  }
  const parts = [...places].map(([key, starts]) => {
    const [name, inside = ''] = key.split('\n')
    return `${name}@${shorten(starts)}${inside}`
  })
  return parts.length === 0 ? 'empty' : parts.join(' ')
}

function shorten(starts: readonly string[]): string {
  const numbers = starts.map(Number)
  const first = numbers[0] ?? 0
  const inRow = numbers.length > 2 && numbers.every((start, index) => start === first + index)
  return inRow ? `${first}–${first + numbers.length - 1}` : starts.join(',')
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
}
