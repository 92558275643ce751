// Repeats, in one thread on a new machine, the calls and the control actions in a machine's journal.
import { expect } from 'vitest'
import { type Answer, inSession } from './shell.js'

interface Entry {
  readonly kind: 'call' | 'control'
  readonly command: string
  readonly sequence: number
  readonly pid: number
  readonly fn: string
  readonly gpu: number | null
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  readonly profileId: number | null
  readonly placement: { readonly start: number; readonly size: number } | null
  readonly migEnabled: boolean | null
  readonly setting: number | null
  readonly injected: boolean
  readonly activation: number | null
  readonly ret: number
}

type Variables = Readonly<Record<string, string>>

function callOf(entry: Entry): string {
  if (entry.kind === 'control') return `control ${entry.command}`
  const gpu = busOf(entry)
  const { gpuInstanceId: gi, computeInstanceId: ci, profileId, placement } = entry
  const place = placement === null ? '' : ` ${placement.start} ${placement.size}`
  switch (entry.fn) {
    case 'nvmlDeviceSetMigMode':
      return `set-mode bus${gpu} ${entry.migEnabled ? 1 : 0}`
    case 'nvmlDeviceCreateGpuInstance':
      return `create bus${gpu} ${profileId}`
    case 'nvmlDeviceCreateGpuInstanceWithPlacement':
      return `create bus${gpu} ${profileId}${place}`
    case 'nvmlGpuInstanceDestroy':
      return `destroy bus${gpu} ${gi}`
    case 'nvmlGpuInstanceCreateComputeInstance':
      return `create-ci bus${gpu} ${gi} ${profileId}`
    case 'nvmlComputeInstanceDestroy':
      return `destroy-ci bus${gpu} ${gi} ${ci}`
    case 'nvmlDeviceModifyDrainState':
      return `drain ${gpu} ${entry.setting}`
    case 'nvmlDeviceRemoveGpu':
      return `remove-v1 ${gpu}`
    case 'nvmlDeviceRemoveGpu_v2':
      return `remove ${gpu}`
    case 'nvmlDeviceDiscoverGpus':
      return `discover ${gpu}`
    case 'nvmlDeviceSetPersistenceMode':
    case 'nvmlDeviceSetAccountingMode':
    case 'nvmlDeviceSetComputeMode':
    case 'nvmlDeviceSetEccMode': {
      const device = ci === null ? `bus${gpu}` : `mig${gpu}/${gi}/${ci}`
      return `set ${entry.fn.replace('nvmlDeviceSet', '')} ${device} ${entry.setting}`
    }
    default:
      throw new Error(`the journal has a call of ${entry.fn}`)
  }
}

// PCI buses of the GPUs of a machine with at most eight.
const buses = ['07', '0f', '47', '4e', '87', '90', 'b7', 'bd']

function busOf(entry: Entry): string {
  return entry.gpu === null ? 'all' : String(buses[entry.gpu])
}

// Everything but the path of the store.
function stateOf(described: Answer | undefined): unknown {
  return { ...(described?.['reply'] as object), store: undefined }
}

// The calls of an entry, of which the last is the recorded one. A call that an injected fault answered did
// nothing, and a call that counted against a fault has an entry of its own.
function callsOf(entry: Entry, before: Entry | undefined): readonly string[] {
  if (entry.injected) return []
  const command = entry.kind === 'control' ? entry.command : ''
  const earlier = before?.kind === 'control' ? before.command : ''
  // A reboot has ended the session, and an unloaded driver allows none.
  const begin = earlier === 'reboot' || earlier === 'load-driver' ? ['init'] : []
  const end = command === 'unload-driver' ? ['shutdown'] : []
  return [...begin, ...end, callOf(entry)]
}

function describedBy(machine: string | Variables): Variables {
  return typeof machine === 'string' ? { MACHINE: machine } : machine
}

/** Checks that the journal reproduces the state of `store`, call by call. Returns the number of calls. */
export function expectReplay(machine: string | Variables, store: string): number {
  // Ignores the faults that are still active.
  const [journal, wanted] = inSession({ STORE: store, STEERING: 'off' }, [
    'control journal control=on',
    'control describe',
  ])
  const entries = journal?.['reply'] as readonly Entry[]
  expect(entries.map((entry) => entry.sequence)).toEqual(entries.map((_, at) => at + 1))

  const calls = entries.map((entry, at) => callsOf(entry, entries[at - 1]))
  const answers = inSession({ ...describedBy(machine), STEERING: 'off' }, [
    ...calls.flat(),
    'control describe',
  ])
  let done = -1
  for (const [at, entry] of entries.entries()) {
    if (entry.injected) continue
    done += calls[at]?.length ?? 0
    const answer = answers[done]
    if (entry.kind === 'control') {
      expect([at, answer?.ret]).toEqual([at, 0])
      continue
    }
    const again: unknown[] = [at, answer?.ret]
    const before: unknown[] = [at, entry.ret]
    if (entry.activation !== null) {
      again.push(answer?.['activation'])
      before.push(entry.activation)
    }
    const created = entry.ret === 0 && entry.fn.includes('Create')
    if (created) {
      again.push(answer?.['id'], answer?.['start'], answer?.['size'])
      const id = entry.computeInstanceId ?? entry.gpuInstanceId
      before.push(id, entry.placement?.start, entry.placement?.size)
    }
    if (String(again) !== String(before)) expect(again).toEqual(before)
  }
  expect(wanted?.ret).toBe(0)
  expect(stateOf(answers.at(-1))).toEqual(stateOf(wanted))
  return entries.length
}
