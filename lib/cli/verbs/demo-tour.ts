import { readFileSync } from 'node:fs'
import { isDeepStrictEqual } from 'node:util'
import type { ApplyEvent } from '../../../types/machine/events.js'
import type { PlanStep } from '../../../types/machine/plan.js'
import type { CompletedApply } from '../../../types/machine/report.js'
import type { AnyGpuState } from '../../../types/model/state.js'
import type { SimulatedMachine } from '../../../types/simulator/machine.js'
import { isMigError } from '../../errors.js'
import { applyMigConfig } from '../../machine/apply.js'
import { readMigState } from '../../machine/read.js'
import { formatIndexRanges } from '../../model/gpu-text.js'
import { packageRoot } from '../../model/package-root.js'
import { formatPlan } from '../../plan/text.js'
import { renderMachine } from '../../render/machine.js'
import { paint } from '../../render/style.js'
import type { Terminal } from '../parse/verb.js'
import { formatDuration } from '../print/duration.js'
import { pictureOptions } from '../print/machine.js'
import { undoneText } from '../print/undone-step.js'
import { wrap } from '../print/wrap.js'

const file = 'examples/demo.yaml'
const widest = 80

/** What an operator meets on a machine, in a few lines each: two screens of 24 lines, or three. */
export async function showTour(machine: SimulatedMachine, terminal: Terminal): Promise<void> {
  const document = readFileSync(new URL(file, packageRoot()), 'utf8')
  const { library } = machine
  const { signal } = terminal
  const columns = Math.min(terminal.textColumns, widest)

  function head(text: string): void {
    const line = '─'.repeat(Math.max(2, columns - text.length - 1))
    terminal.out(`\n${paint(terminal, 'bold', `${text} ${line}`)}\n`)
  }

  function say(text: string, paintStart: (line: string) => string = (line) => line): void {
    const lines = text.split('\n').flatMap((line) => {
      const [, indent = '', words = ''] = /^( *)(.*)$/.exec(line) ?? []
      return wrap(words, columns - indent.length).map((part) => `${indent}${part}`)
    })
    const [first = '', ...others] = lines
    terminal.out([paintStart(first), ...others].map((line) => `${line}\n`).join(''))
  }

  async function apply(
    config: string,
    options: { readonly dryRun?: true; readonly onEvent?: (event: ApplyEvent) => void } = {},
  ): Promise<CompletedApply> {
    machine.resetCallCounts()
    return applyMigConfig(document, { config, library, signal, ...options })
  }

  /** An apply that has to be refused or to fail. */
  async function fail(config: string, onEvent?: (event: ApplyEvent) => void): Promise<void> {
    try {
      await apply(config, onEvent === undefined ? {} : { onEvent })
    } catch (error) {
      if (!isMigError(error) || error.code === 'ABORT_ERR') throw error
      const { code, message } = error
      say(`${code}: ${message}`, (line) => line.replace(code, paint(terminal, 'red', code)))
      return
    }
    throw new Error(`the demo expects that ${config} fails`)
  }

  function draw({ after, outcome, durationMs }: CompletedApply): void {
    const options = { ...pictureOptions(terminal), columns, fold: true }
    terminal.out(`${renderMachine(after, options)}\n`)
    say(`${outcome} and verified in ${formatDuration(durationMs)}; ${changes()}`)
  }

  function changes(): string {
    return `${machine.callCounts().changing} driver calls that change something`
  }

  head('1. Divide eight equal GPUs: apply -c balanced')
  draw(await apply('balanced'))

  head('2. Another layout, least change: plan -c small')
  say(formatPlan((await apply('small', { dryRun: true })).plan))

  head('3. A program uses an instance that has to go: apply -c small')
  const pid = 4711
  const [, , gpu] = machine.describe().gpus
  const instance = gpu?.gpuInstances.find(({ profileName }) => profileName === '2g.10gb')
  if (gpu === undefined || instance === undefined) throw new Error('the demo needs a 2g.10gb')
  const { id: gpuInstanceId } = instance
  machine.addProcess({ pid, gpu: gpu.index, gpuInstanceId, computeInstanceId: 0, name: 'python3' })
  await fail('small')
  say(`No GPU was touched: ${changes()}.`)
  machine.removeProcess(pid)

  head('4. A request that cannot fit: apply -c too-much')
  await fail('too-much')

  head('5. The program has ended, and now the driver fails: apply -c small')
  const { gpus: before } = await readMigState({ library, signal })
  machine.fail({
    fn: 'nvmlDeviceCreateGpuInstanceWithPlacement',
    nth: 6,
    error: 'NVML_ERROR_INSUFFICIENT_RESOURCES',
  })
  const undone: PlanStep[] = []
  await fail('small', (event) => {
    if (event.kind === 'step-undone') undone.push(event.step)
  })
  const { gpus: after } = await readMigState({ library, signal })
  const [step] = undone
  if (step === undefined || !isDeepStrictEqual(before.map(layoutOf), after.map(layoutOf)))
    throw new Error('the demo expects that the undo brings every GPU back')
  const where = `GPU ${formatIndexRanges([...new Set(undone.map(({ gpuIndex }) => gpuIndex))])}`
  say(`Undone: ${undone.length} steps on ${where}, such as ${undoneText(step)}`)
  say('Read again: every GPU has the instances that it had.')

  head('6. The same once more: apply -c small')
  draw(await apply('small'))

  head('7. And again')
  const { outcome, durationMs } = await apply('small')
  say(`${outcome} in ${formatDuration(durationMs)}; ${changes()}`)
}

/** What an undo brings back. Ids are the driver's choice. */
function layoutOf({ gpuInstances }: AnyGpuState): unknown {
  return gpuInstances?.map(({ profileName, placement, computeInstances }) => ({
    profileName,
    placement,
    parts: computeInstances.map(({ name, placement: place }) => ({ name, place })),
  }))
}
