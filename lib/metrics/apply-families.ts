import type { ApplyCounts, MetricsContext } from '../../types/machine/metrics.js'
import type { Family, Sample } from './exposition.js'

/** What applies have done, and left. */
export function applyFamilies({ applies, interruptedApplies }: MetricsContext): readonly Family[] {
  return [
    {
      name: 'mig_interrupted_applies',
      type: 'gauge',
      help: 'How many applies a crash or a failed undo has left half-done; mig-nvml recover cleans up.',
      samples: interruptedApplies == null ? [] : [{ labels: {}, value: interruptedApplies }],
    },
    ...(applies == null ? [] : countFamilies(applies)),
  ]
}

function countFamilies({ outcomes, failures, recovered }: ApplyCounts): readonly Family[] {
  return [
    {
      name: 'mig_applies_total',
      type: 'counter',
      help: 'Applies and restores by outcome; refused: an error came before anything was changed.',
      samples: byName(outcomes, 'outcome', ({ count }) => count),
    },
    {
      name: 'mig_apply_seconds_total',
      type: 'counter',
      help: 'How long applies and restores held the lock.',
      samples: byName(outcomes, 'outcome', ({ seconds }) => seconds),
    },
    {
      name: 'mig_apply_last_end_timestamp_seconds',
      type: 'gauge',
      help: 'When the last apply or restore with this outcome ended. Missing where there is none.',
      samples: byName(outcomes, 'outcome', ({ lastEnd }) => lastEnd).filter(
        ({ value }) => value > 0,
      ),
    },
    {
      name: 'mig_apply_failures_total',
      type: 'counter',
      help: 'Applies and restores that ended with an error, by its code.',
      samples: byName(failures, 'code', (count) => count),
    },
    {
      name: 'mig_recovered_gpus_total',
      type: 'counter',
      help: 'GPUs that were cleaned up after an interrupted apply, by what became of it.',
      samples: byName(recovered, 'outcome', (count) => count),
    },
  ]
}

function byName<Value>(
  values: Readonly<Record<string, Value>>,
  label: string,
  numberOf: (value: Value) => number,
): readonly Sample[] {
  return Object.entries(values).map(([name, value]) => ({
    labels: { [label]: name },
    value: numberOf(value),
  }))
}
