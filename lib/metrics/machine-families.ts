import type { FailedGpu, MetricsContext } from '../../types/machine/metrics.js'
import type { AnyGpuState, MigState } from '../../types/model/state.js'
import { isNvmlError } from '../errors.js'
import type { Family, Labels } from './exposition.js'

/** Whether the machine and each GPU could be read. */
export function readFamilies(
  state: MigState | null,
  { failure, failedGpus = [] }: MetricsContext,
): readonly Family[] {
  const failures = failedGpus.map((failed) => ({
    code: codeOf(failed.failure),
    hw_id: idOf(failed),
  }))
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
      help: 'Always 1; why the driver or a GPU could not be read, as the code of the error.',
      samples: (state === null && failure != null ? [failureLabels(failure)] : failures).map(
        (labels) => ({ labels, value: 1 }),
      ),
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
export function hardwareFamilies(
  { gpus, lostGpus }: MigState,
  { failedGpus = [] }: MetricsContext,
): readonly Family[] {
  const all = [
    ...gpus.map((gpu) => ({ hw_id: gpu.uuid, state: 'ok' })),
    ...lostGpus.map(({ uuid, index }) => ({
      hw_id: idOf({ gpu: uuid, gpuIndex: index }),
      state: 'failed',
    })),
    ...failedGpus.map((failed) => ({ hw_id: idOf(failed), state: 'failed' })),
  ]
  return [
    {
      name: 'hw_status',
      type: 'gauge',
      help: 'Whether a GPU is in this state. One that has fallen off the bus or cannot be read is failed, and has no other metrics.',
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
function idOf({ gpu, gpuIndex }: Pick<FailedGpu, 'gpu' | 'gpuIndex'>): string {
  return gpu ?? `GPU ${gpuIndex}`
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
