import type {
  FleetTuning,
  TunedModel,
  TunedPolicy,
  TuneOptions,
} from '../../../types/fleet/online.js'
import { layoutTableOf } from '../layouts/layout-table.js'
import { requireWhole } from '../model/check-form.js'
import { invalid } from '../model/invalid.js'
import { createWatch } from '../model/out-of-time.js'
import { findTuned, profileNamesOf } from '../policy/fleet-policy.js'
import { tuneWeights } from '../policy/tune-policy.js'
import { createBudget, shareOfTime } from '../program/budget.js'
import type { FleetInside } from './fleet-inside.js'

/** A policy depends on load and not on size, so larger fleets are tuned on so many GPUs. */
const mostGpus = 100
const fewestGpus = 4

/** About ten minutes and a gigabyte for each geometry. */
const mostWork = 2 ** 30

/** The part of the time for building policies. The rest is for their trials. */
const buildShare = 0.5

/** Fits a policy to the observed mix, and lets the rankings follow it. */
export function tuneFleet(
  { state, rankings, observer }: FleetInside,
  options: TuneOptions,
): FleetTuning {
  const { models, pools } = state
  const { deadlineMs } = options
  const budget = createBudget(deadlineMs === undefined ? {} : { deadlineMs })
  const seed = requireWhole(options.seed ?? 1, 0, ['seed'])
  const workUnits = requireWhole(options.workUnits ?? 4_000_000, 1, ['workUnits'])
  if (workUnits > mostWork) throw invalid(['workUnits'], `is ${workUnits}, more than ${mostWork}`)
  const wanted = options.load ?? observer.load() ?? 0.9
  if (!(wanted > 0 && Number.isFinite(wanted))) throw invalid(['load'], `is ${wanted}, not above 0`)
  const load = Math.min(1.5, Math.max(0.5, wanted))
  const watch = createWatch(budget.isTimeUp)
  const before = rankings.policy().tuned
  const tuned = models.list.flatMap((model) => {
    const mix = rankings.mixOf(model)
    const own = pools.filter((pool) => pool.model === model && pool.capacity.kind === 'mig')
    const gpuCount = own.reduce((sum, each) => sum + each.gpuCount, 0)
    if (gpuCount === 0 || mix.every((weight) => weight === 0)) return []
    const found = tuneWeights({
      table: layoutTableOf(model.tables),
      mix,
      load,
      gpuCount: Math.min(mostGpus, Math.max(fewestGpus, gpuCount)),
      workUnits,
      seed,
      watch,
      watchFirst: createWatch(shareOfTime(budget, buildShare)),
    })
    const report = { model: own[0]?.modelName ?? null, trials: found?.trials ?? [] }
    const policy: TunedModel | undefined =
      found === null
        ? findTuned(model.tables, before)
        : { profiles: profileNamesOf(model.tables), weights: [...found.weights] }
    return [{ policy, report }]
  })
  const policy: TunedPolicy = { kind: 'tuned', models: tuned.flatMap((each) => each.policy ?? []) }
  // Without time for any model, everything stays as it is.
  const stopped = budget.stopped() === null ? null : 'deadline'
  if (stopped === null || policy.models.length > 0) rankings.follow(policy)
  return { policy, models: tuned.map(({ report }) => report), stopped }
}
