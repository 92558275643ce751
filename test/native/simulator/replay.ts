// Does again, in one thread on a new machine, what a machine's journal says was done to it, by calls
// and by its control side.
import { expect } from 'vitest'
import { type Answer, inSession } from './shell.js'

interface Entry {
  readonly kind: 'call' | 'control'
  readonly command: string
  readonly sequence: number
  readonly pid: number
  readonly fn: string
  readonly gpu: number
  readonly gpuInstanceId: number | null
  readonly computeInstanceId: number | null
  readonly profileId: number | null
  readonly placement: { readonly start: number; readonly size: number } | null
  readonly migEnabled: boolean | null
  readonly activation: number | null
  readonly ret: number
}

function callOf(entry: Entry): string {
  if (entry.kind === 'control') return `control ${entry.command}`
  const { gpu, gpuInstanceId: gi, computeInstanceId: ci, profileId, placement } = entry
  const place = placement === null ? '' : ` ${placement.start} ${placement.size}`
  switch (entry.fn) {
    case 'nvmlDeviceSetMigMode':
      return `set-mode gpu${gpu} ${entry.migEnabled ? 1 : 0}`
    case 'nvmlDeviceCreateGpuInstance':
      return `create gpu${gpu} ${profileId}`
    case 'nvmlDeviceCreateGpuInstanceWithPlacement':
      return `create gpu${gpu} ${profileId}${place}`
    case 'nvmlGpuInstanceDestroy':
      return `destroy gpu${gpu} ${gi}`
    case 'nvmlGpuInstanceCreateComputeInstance':
      return `create-ci gpu${gpu} ${gi} ${profileId}`
    case 'nvmlComputeInstanceDestroy':
      return `destroy-ci gpu${gpu} ${gi} ${ci}`
    default:
      throw new Error(`the journal has a call of ${entry.fn}`)
  }
}

// All but the file that holds the machine.
function stateOf(described: Answer | undefined): unknown {
  return { ...(described?.['reply'] as object), store: undefined }
}

// The calls of an entry; the last of them is the one that it is about.
function callsOf(entry: Entry, before: Entry | undefined): readonly string[] {
  const begin = before?.kind === 'control' && before.command === 'reboot' ? ['init'] : []
  return [...begin, callOf(entry)]
}

/** The journal reproduces the state of `store`, call by call. Returns the number of calls. */
export function expectReplay(machine: string, store: string): number {
  const [journal, wanted] = inSession({ STORE: store }, [
    'control journal control=on',
    'control describe',
  ])
  const entries = journal?.['reply'] as readonly Entry[]
  expect(entries.map((entry) => entry.sequence)).toEqual(entries.map((_, at) => at + 1))

  const calls = entries.map((entry, at) => callsOf(entry, entries[at - 1]))
  const answers = inSession(machine, [...calls.flat(), 'control describe'])
  let done = -1
  for (const [at, entry] of entries.entries()) {
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
