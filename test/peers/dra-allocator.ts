import { type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { Readable, Writable } from 'node:stream'
import type {
  AllocatedDevice,
  ClaimAllocation,
  DeviceClass,
  ResourceClaim,
  ResourceSlice,
} from '../../types/kubernetes/dra/objects.js'
import { peerPath } from './peer.js'

/** One question to the scheduler's allocator: what dra-allocator/main.go reads. */
export interface AllocatorQuestion {
  /** These and the classes stay for the questions that follow. */
  readonly slices?: readonly ResourceSlice[]
  readonly classes?: readonly DeviceClass[]
  readonly node: string
  /** What other pods have. */
  readonly allocated?: readonly Pick<AllocatedDevice, 'driver' | 'pool' | 'device'>[]
  /** The claims of each pod. The pods come one after the other, and each keeps what it gets. */
  readonly pods: readonly (readonly ResourceClaim[])[]
}

/** For each pod the devices of each of its claims; null: the pod does not fit. */
export type AllocatorAnswer = readonly (readonly (readonly AllocatedDevice[])[] | null)[]

export interface DraAllocator extends AsyncDisposable {
  ask(question: AllocatorQuestion): Promise<AllocatorAnswer>
  /** The same with all that is written into the status of each claim. */
  allocate(question: AllocatorQuestion): Promise<readonly (readonly ClaimAllocation[] | null)[]>
}

interface RawAnswer {
  readonly pods: readonly (readonly ClaimAllocation[] | null)[]
  readonly error?: string
}

/** The allocator of Kubernetes' scheduler, as a process that answers until it is disposed of. */
export function startDraAllocator(): DraAllocator {
  const child: ChildProcessByStdio<Writable, Readable, null> = spawn(
    peerPath('dra-allocator'),
    [],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  )
  const exit = once(child, 'exit')
  // A program that has ended says why on standard error.
  child.stdin.on('error', () => {})
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  async function allocate(
    question: AllocatorQuestion,
  ): Promise<readonly (readonly ClaimAllocation[] | null)[]> {
    child.stdin.write(`${JSON.stringify(question)}\n`)
    const { value, done } = await lines.next()
    if (done) throw new Error('the allocator ended')
    const { pods, error } = JSON.parse(value) as RawAnswer
    if (error !== undefined) throw new Error(error)
    return pods
  }
  return {
    allocate,
    async ask(question) {
      const pods = await allocate(question)
      return pods.map((claims) => claims?.map(({ devices }) => devices.results) ?? null)
    },
    async [Symbol.asyncDispose]() {
      child.stdin.end()
      await exit
    },
  }
}
