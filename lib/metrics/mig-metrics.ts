import type { MetricsContext } from '../../types/machine/metrics.js'
import type { MigState } from '../../types/model/state.js'
import { checkState } from '../model/check-state.js'
import { applyFamilies } from './apply-families.js'
import { formatFamilies } from './exposition.js'
import { gpuFamilies } from './gpu-families.js'
import { hardwareFamilies, readFamilies } from './machine-families.js'
import { roomFamilies } from './room-families.js'
import { usageFamilies } from './usage-families.js'

/**
 * Metrics of a machine in Prometheus' text format: the layout of each GPU, what still fits, what is stranded, and what
 * applies have done; with a state of `readMigState({ processes: true })` also memory in use and processes. Utilisation, temperature and power are left to dcgm-exporter. `readMigMetrics` reads all that it takes.
 *
 * A state of null stands for a machine that cannot be read: the text has `mig_up 0` and what is known without the driver.
 */
export function migMetrics(state: MigState | null, context: MetricsContext = {}): string {
  if (state !== null) checkState('migMetrics', state)
  return formatFamilies([
    ...readFamilies(state, context),
    ...(state === null
      ? []
      : [hardwareFamilies, usageFamilies, gpuFamilies, roomFamilies].flatMap((of) =>
          of(state, context),
        )),
    ...applyFamilies(context),
  ])
}
