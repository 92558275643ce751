import type {
  SimulatedMachine,
  SimulatedProcess,
  SimulatedRootEntry,
} from '../../types/simulator/machine.js'

/** An entry of `/proc` for a process: a file, or an open file as a link. */
type ProcessEntry = Extract<SimulatedRootEntry, { readonly kind: 'file' | 'link' }>

/**
 * The processes of a simulated machine as `/proc` would show them. Each has the device nodes open that its
 * GPUs and instances take.
 */
export function listProcessEntries(machine: SimulatedMachine): readonly ProcessEntry[] {
  const minors = capabilityMinors(machine)
  const names = new Map<number, string>()
  const nodes = new Map<number, Set<string>>()
  for (const gpu of machine.describe().gpus) {
    for (const process of gpu.processes) {
      const open = nodes.get(process.pid) ?? new Set(['/dev/nvidiactl'])
      open.add(`/dev/nvidia${gpu.minorNumber}`)
      for (const instance of instancesOf(process, gpu.minorNumber))
        open.add(`/dev/nvidia-caps/nvidia-cap${minors.get(instance)}`)
      nodes.set(process.pid, open)
      names.set(process.pid, process.name ?? `process ${process.pid}`)
    }
  }
  return [...nodes].flatMap(([pid, open]): ProcessEntry[] => [
    { kind: 'file', path: `/proc/${pid}/cmdline`, content: `${names.get(pid)}\0` },
    { kind: 'file', path: `/proc/${pid}/cgroup`, content: '0::/\n' },
    ...[...open].map((target, handle) => ({
      kind: 'link' as const,
      path: `/proc/${pid}/fd/${handle + 3}`,
      target,
    })),
  ])
}

/** The instances by the names in the kernel module's list: `gpu0/gi1` and `gpu0/gi1/ci0`. */
function instancesOf(
  { gpuInstanceId, computeInstanceId }: SimulatedProcess,
  gpuMinor: number,
): readonly string[] {
  if (gpuInstanceId === undefined) return []
  const instance = `gpu${gpuMinor}/gi${gpuInstanceId}`
  return computeInstanceId === undefined
    ? [instance]
    : [instance, `${instance}/ci${computeInstanceId}`]
}

function capabilityMinors(machine: SimulatedMachine): ReadonlyMap<string, string> {
  const list = machine.rootTree().find(({ path }) => path === '/proc/driver/nvidia-caps/mig-minors')
  const lines = list?.kind === 'file' ? list.content.matchAll(/^(\S+)\/access (\d+)$/gm) : []
  return new Map([...lines].map(([, instance = '', minor = '']) => [instance, minor]))
}
