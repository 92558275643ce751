import type { AnyGpuState, MigState } from '../../types/model/state.js'
import { listMigDevices } from '../model/mig-devices.js'
import { formatPlacement } from '../model/placement.js'
import { listSeenDevices } from '../model/state.js'
import type { Family, Sample } from './exposition.js'
import { labelsOf } from './machine-families.js'

/** The MIG mode of each GPU, and what it is divided into. */
export function gpuFamilies(state: MigState): readonly Family[] {
  const { gpus } = state
  return [
    {
      name: 'mig_gpu_info',
      type: 'gauge',
      help: 'Always 1; a GPU with its NVML index, its model and its PCI address.',
      samples: gpus.map(({ uuid, index, name, pciBusId }) => ({
        labels: { hw_id: uuid, index: `${index}`, hw_model: name, pci_bus_id: pciBusId },
        value: 1,
      })),
    },
    ofGpus(gpus, {
      name: 'mig_gpu_mode_enabled',
      help: 'Whether the MIG mode of a GPU is on: 1, or 0. Missing for a GPU without MIG.',
      numberOf: ({ mig }) => (mig === null ? null : Number(mig.enabled)),
    }),
    ofGpus(gpus, {
      name: 'mig_gpu_mode_pending',
      help: 'Whether the MIG mode of a GPU changes at its next reset: 1, or 0.',
      numberOf: ({ mig }) => (mig === null ? null : Number(mig.enabled !== mig.pending)),
    }),
    ofGpus(gpus, {
      name: 'mig_gpu_instances_listed',
      help: 'Whether the driver lists the GPU instances of a GPU to this process: 1, or 0, and then all metrics of its layout are missing.',
      numberOf: ({ mig, gpuInstances }) => (mig === null ? null : Number(gpuInstances !== null)),
    }),
    {
      name: 'mig_gpu_instances',
      type: 'gauge',
      help: 'How many GPU instances of a profile a GPU has.',
      samples: gpus.flatMap(countInstances),
    },
    ofGpus(gpus, {
      name: 'mig_gpu_bare_instances',
      help: 'How many GPU instances of a GPU have no compute instance, so that no program can use them.',
      numberOf: ({ mig, gpuInstances }) =>
        mig === null || gpuInstances === null
          ? null
          : gpuInstances.filter(({ computeInstances }) => computeInstances.length === 0).length,
    }),
    ofGpus(gpus, {
      name: 'mig_gpu_devices',
      help: 'How many MIG devices this process sees on a GPU.',
      numberOf: (gpu) => (gpu.mig === null ? null : listSeenDevices(gpu).length),
    }),
    {
      name: 'mig_device_info',
      type: 'gauge',
      help: 'Always 1; a MIG device with its UUID, its place on its GPU and the ids of its instances.',
      samples: listMigDevices(state).map((device) => ({
        labels: {
          hw_id: device.gpu,
          gpu_instance: `${device.gpuInstanceId}`,
          compute_instance: `${device.computeInstanceId}`,
          device: device.name,
          profile: device.profileName ?? '',
          placement: device.placement === null ? '' : formatPlacement(device.placement),
          uuid: device.uuid ?? '',
        },
        value: 1,
      })),
    },
  ]
}

interface OneValue {
  readonly name: string
  readonly help: string
  /** Null: it is not known, or has no meaning there. */
  readonly numberOf: (gpu: AnyGpuState) => number | null
}

function ofGpus(gpus: readonly AnyGpuState[], { name, help, numberOf }: OneValue): Family {
  const samples = gpus.flatMap((gpu): readonly Sample[] => {
    const value = numberOf(gpu)
    return value === null ? [] : [{ labels: labelsOf(gpu), value }]
  })
  return { name, type: 'gauge', help, samples }
}

/** A profile without instances counts 0, so that a series does not end with its last instance. */
function countInstances(gpu: AnyGpuState): readonly Sample[] {
  if (gpu.mig === null || gpu.gpuInstances === null) return []
  const counts = new Map((gpu.geometry?.profiles ?? []).map(({ name }) => [name, 0]))
  for (const { profileName } of gpu.gpuInstances)
    counts.set(profileName, (counts.get(profileName) ?? 0) + 1)
  return [...counts].map(([profile, value]) => ({ labels: { ...labelsOf(gpu), profile }, value }))
}
