import type { MetricsContext } from '../../types/machine/metrics.js'
import type { AnyGpuState, LostGpu, MigState } from '../../types/model/state.js'
import { isNvmlError } from '../errors.js'
import type { Family, Labels } from './exposition.js'

/** Whether the machine and each GPU could be read. */
export function readFamilies(
  state: MigState | null,
  { failure }: MetricsContext,
): readonly Family[] {
  return [
    {
      name: 'mig_up',
      type: 'gauge',
      help: 'Whether the driver could be read: 1, or 0.',
      samples: [{ labels: {}, value: state === null ? 0 : 1 }],
    },
    {
      name: 'mig_read_failure',
      type: 'gauge',
      help: 'Always 1; why the driver could not be read, as the code of the error, and at which GPU if it says so.',
      samples: failure == null ? [] : [{ labels: failureLabels(failure), value: 1 }],
    },
    {
      name: 'mig_driver_info',
      type: 'gauge',
      help: 'Always 1; the version of the driver.',
      samples: state === null ? [] : [{ labels: { version: state.driverVersion }, value: 1 }],
    },
  ]
}

/** OpenTelemetry's names for a GPU. Source: its semantic conventions for hardware, `hw.status` and `hw.gpu.memory.limit`. */
export function hardwareFamilies({ gpus, lostGpus }: MigState): readonly Family[] {
  const all = [
    ...gpus.map((gpu) => ({ hw_id: gpu.uuid, state: 'ok' })),
    ...lostGpus.map((gpu) => ({ hw_id: lostId(gpu), state: 'failed' })),
  ]
  return [
    {
      name: 'hw_status',
      type: 'gauge',
      help: 'Whether a GPU is in this state. A GPU that has fallen off the bus is failed; it has no other metrics.',
      samples: all.flatMap(({ hw_id, state }) =>
        ['ok', 'failed'].map((hw_state) => ({
          labels: { hw_id, hw_type: 'gpu', hw_state },
          value: state === hw_state ? 1 : 0,
        })),
      ),
    },
    {
      name: 'hw_gpu_memory_limit_bytes',
      type: 'gauge',
      help: 'Memory of a GPU.',
      samples: gpus.flatMap(({ uuid, memoryMiB }) =>
        memoryMiB === null
          ? []
          : [{ labels: { hw_id: uuid, hw_type: 'gpu' }, value: memoryMiB * 2 ** 20 }],
      ),
    },
  ]
}

/** A GPU without a UUID has its place. */
function lostId({ uuid, index }: LostGpu): string {
  return uuid ?? `GPU ${index}`
}

function codeOf(failure: Error): string {
  const code = 'code' in failure ? failure.code : undefined
  return typeof code === 'string' ? code : 'OTHER'
}

function failureLabels(failure: Error): Labels {
  const gpu = isNvmlError(failure) ? failure.gpu : undefined
  return { code: codeOf(failure), ...(gpu === undefined ? {} : { hw_id: gpu }) }
}

export function labelsOf({ uuid }: Pick<AnyGpuState, 'uuid'>): Labels {
  return { hw_id: uuid }
}
