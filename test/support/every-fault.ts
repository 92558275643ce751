import { applyMigConfig, isMigError } from '../../lib/index.js'
import { differencesFromTarget } from '../../lib/machine/operation/verify.js'
import { createSimulatedMachine } from '../../lib/simulator.js'
import type { ApplyReport } from '../../types/machine/report.js'
import type { ListedMigState } from '../../types/model/state.js'
import type { SimulatedFault, SimulatedMachine } from '../../types/simulator/machine.js'
import type { FaultCase } from './fault-cases.js'
import { readMigState } from './read-state.js'
import { placesOf } from './wanted.js'

export const faultCodes = [
  'NVML_ERROR_IN_USE',
  'NVML_ERROR_INSUFFICIENT_RESOURCES',
  'NVML_ERROR_NO_PERMISSION',
  'NVML_ERROR_GPU_IS_LOST',
  'NVML_ERROR_TIMEOUT',
  'NVML_ERROR_UNKNOWN',
] as const

/** One call of an apply, by its function and the how-manieth of that function it is. */
export interface CallPosition {
  readonly fn: string
  readonly nth: number
}

/** The machine of a case, as it is before the apply. */
export async function prepare({
  machine,
  machineOptions,
  from,
}: FaultCase): Promise<SimulatedMachine> {
  const made = createSimulatedMachine(machine, machineOptions)
  if (from !== undefined) await applyMigConfig(from, { library: made.library })
  else await readMigState({ library: made.library })
  return made
}

/** Every call that the apply makes when nothing fails. */
export async function listCalls(each: FaultCase): Promise<readonly CallPosition[]> {
  using machine = await prepare(each)
  machine.resetCallCounts()
  await applyMigConfig(each.to, { ...each.options, library: machine.library })
  return Object.entries(machine.callCounts().byFunction).flatMap(([name, count]) =>
    Array.from({ length: count }, (_, n) => ({ fn: name.replace(/_v\d+$/, ''), nth: n + 1 })),
  )
}

/** What of an apply under a fault is not as it has to be; empty when all is. Takes the machine along. */
export async function problemsUnder(
  each: FaultCase,
  machine: SimulatedMachine,
  fault: SimulatedFault,
): Promise<{ readonly problems: readonly string[]; readonly isAsBefore: boolean }> {
  const { library } = machine
  const before = await readMigState({ library })
  const changes = machine.journal().length
  machine.fail(fault)
  const result = await applyMigConfig(each.to, { ...each.options, library }).catch(
    (error: unknown) => (error instanceof Error ? error : new Error(String(error))),
  )
  machine.clearFaults()
  const now = await readMigState({ library })
  const report = result instanceof Error ? (isMigError(result) ? result.report : undefined) : result
  const problems =
    report === undefined
      ? [
          ...differences('without a report', before, now),
          ...(machine.journal().length > changes ? ['it was changed without a report'] : []),
        ]
      : contradictions(report, before, now, (fault.times ?? 1) > 1)
  return { problems, isAsBefore: differences('', before, now).length === 0 }
}

/** What the report says against how it is. */
function contradictions(
  report: ApplyReport,
  before: ListedMigState,
  now: ListedMigState,
  isLasting: boolean,
): string[] {
  const others = (state: ListedMigState): ListedMigState => ({
    ...state,
    gpus: state.gpus.filter(({ uuid }) => !report.gpus.some(({ gpu }) => gpu === uuid)),
  })
  return [
    ...differences('a GPU that is not named', others(before), others(now)),
    ...(report.after === null ? [] : differences('the report', report.after, now)),
    ...report.gpus.flatMap((gpu) => {
      const plan = report.plan.gpus.find((planned) => planned.gpu === gpu.gpu)
      const was = before.gpus.find(({ uuid }) => uuid === gpu.gpu)
      const is = now.gpus.find(({ uuid }) => uuid === gpu.gpu)
      if (plan === undefined || was === undefined || is === undefined) return ['a GPU is missing']
      switch (gpu.outcome) {
        case 'applied':
          return differencesFromTarget(is, plan.target)
        case 'undone':
        case 'unchanged':
          return isSame(was, is)
            ? []
            : [`GPU ${is.index} is not as before: ${JSON.stringify(placesOf(is))}`]
        case 'failed':
          // One refusal does not keep an undo from its end.
          return isLasting ? [] : [`GPU ${is.index} could not be brought back`]
        default:
          return [`GPU ${is.index} is ${gpu.outcome}`]
      }
    }),
  ]
}

function differences(what: string, a: ListedMigState, b: ListedMigState): string[] {
  return a.gpus.flatMap((gpu) => {
    const other = b.gpus.find(({ uuid }) => uuid === gpu.uuid)
    return other !== undefined && isSame(gpu, other)
      ? []
      : [
          `${what}: GPU ${gpu.index} differs: ${JSON.stringify([placesOf(gpu), other && placesOf(other)])}`,
        ]
  })
}

function isSame(a: ListedMigState['gpus'][number], b: ListedMigState['gpus'][number]): boolean {
  return JSON.stringify(placesOf(a)) === JSON.stringify(placesOf(b))
}
