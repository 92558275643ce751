// Calls that take the driver's lock make others wait, in other processes, too. Sources of the locks:
// native/simulator/store/driver_lock_table.h.
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { scratch, start } from './programs.js'
import { type Answer, nvml, runCalls } from './shell.js'

const machine = '2x A100-SXM4-40GB +mig'
const anHour = 3_600_000

/** A process with a session on the machine. */
class Client {
  readonly #process
  readonly #lines

  constructor(store: string) {
    this.#process = start('nvml_shell', { STORE: store })
    this.#lines = createInterface(this.#process.stdout)[Symbol.asyncIterator]()
  }

  /** For a call whose answer the test ignores. */
  begin(text: string): void {
    this.#process.stdin.write(`${text}\n`)
  }

  async call(text: string): Promise<Answer> {
    this.begin(text)
    return JSON.parse((await this.#lines.next()).value)
  }

  /** Kills it as by `kill -9`, whatever it does. */
  async kill(): Promise<void> {
    this.#process.kill('SIGKILL')
    if (this.#process.exitCode === null && this.#process.signalCode === null)
      await once(this.#process, 'exit')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill()
  }
}

let stores = 0

/** Starts clients on a new machine, after these commands of its control side. */
async function setUp(commands: string, clients: number): Promise<readonly Client[]> {
  const store = join(scratch, `locked-${stores++}`)
  const [made] = runCalls({ STORE: store, MACHINE: machine, COMMANDS: commands }, ['init'])
  expect(made?.ret).toBe(nvml.success)
  const started = Array.from({ length: clients }, () => new Client(store))
  for (const client of started) expect((await client.call('init')).ret).toBe(nvml.success)
  return started
}

/** How often all processes have called a function. The control side waits for no lock. */
async function countCalls(observer: Client, fn: string): Promise<number> {
  const { reply } = await observer.call('control counts')
  const { byFunction } = reply as { readonly byFunction: Readonly<Record<string, number>> }
  return byFunction[fn] ?? 0
}

async function untilCalled(observer: Client, fn: string, times = 1): Promise<void> {
  while ((await countCalls(observer, fn)) < times) await setTimeout(5)
}

const create = 'nvmlDeviceCreateGpuInstance'

/**
 * Whether a call in progress has no answer yet. A call that does not wait answers long before these calls
 * end.
 */
async function isWaiting(answer: Promise<Answer>, observer: Client): Promise<boolean> {
  let waits = true
  const answered = (): void => {
    waits = false
  }
  answer.then(answered, answered)
  for (let calls = 0; calls < 50; calls++) await observer.call('count')
  return waits
}

describe('a change that hangs', () => {
  const reads = [
    ['the instances of another GPU', 'list gpu1 9', 'nvmlDeviceGetGpuInstances'],
    ['a profile of another GPU', 'profile gpu1 0', 'nvmlDeviceGetGpuInstanceProfileInfo'],
    [
      'how much room another GPU has',
      'capacity gpu1 9',
      'nvmlDeviceGetGpuInstanceRemainingCapacity',
    ],
    ['the mode of another GPU', 'mode gpu1', 'nvmlDeviceGetMigMode'],
    ['the memory of another GPU', 'memory gpu1 1', 'nvmlDeviceGetMemoryInfo'],
    ['a change of another GPU', 'create gpu1 9', create],
  ] as const
  test.each(reads)(
    'a hanging change makes %s wait until its process is killed',
    async (_, call, fn) => {
      const [holder, waiter, observer] = await setUp(`fail fn=${create} hang-ms=${anHour}`, 3)
      if (!holder || !waiter || !observer) throw new Error('unreachable')
      await using _holder = holder
      await using _waiter = waiter
      await using _observer = observer
      holder.begin('create gpu0 9')
      await untilCalled(observer, create)
      const answer = waiter.call(call)
      await untilCalled(observer, fn, fn === create ? 2 : 1)
      expect(await isWaiting(answer, observer)).toBe(true)
      await holder.kill()
      expect((await answer).ret).toBe(nvml.success)
      // The interrupted call has changed nothing.
      expect((await observer.call('list gpu0 9'))['ids']).toEqual([])
    },
  )

  test('a hanging change does not block calls that the library answers itself', async () => {
    const [holder, reader] = await setUp(`fail fn=${create} hang-ms=${anHour}`, 2)
    if (!holder || !reader) throw new Error('unreachable')
    await using _holder = holder
    await using _reader = reader
    holder.begin('create gpu0 9')
    await untilCalled(reader, create)
    for (const call of ['count', 'minor gpu0', 'identity gpu0'])
      expect([call, (await reader.call(call)).ret]).toEqual([call, nvml.success])
  })

  test('a hanging change blocks a new session, but not one that its process already has', async () => {
    const [holder, member, newcomer] = await setUp(`fail fn=${create} hang-ms=${anHour}`, 3)
    if (!holder || !member || !newcomer) throw new Error('unreachable')
    await using _holder = holder
    await using _member = member
    await using _newcomer = newcomer
    await newcomer.call('shutdown')
    holder.begin('create gpu0 9')
    await untilCalled(member, create)
    expect((await member.call('init')).ret).toBe(nvml.success)
    const before = await countCalls(member, 'nvmlInit_v2')
    const answer = newcomer.call('init')
    await untilCalled(member, 'nvmlInit_v2', before + 1)
    expect(await isWaiting(answer, member)).toBe(true)
    await holder.kill()
    expect((await answer).ret).toBe(nvml.success)
  })
})

test('a hanging read blocks reads of its own GPU and all changes, but not reads of other GPUs', async () => {
  const fn = 'nvmlDeviceGetGpuInstances'
  const [holder, reader, changer] = await setUp(`fail fn=${fn} hang-ms=${anHour}`, 3)
  if (!holder || !reader || !changer) throw new Error('unreachable')
  await using _holder = holder
  await using _reader = reader
  await using _changer = changer
  holder.begin('list gpu0 9')
  await untilCalled(reader, fn)
  expect((await reader.call('list gpu1 9')).ret).toBe(nvml.success)
  const change = changer.call('create gpu1 9')
  await untilCalled(reader, create)
  expect(await isWaiting(change, reader)).toBe(true)
  await holder.kill()
  expect((await change).ret).toBe(nvml.success)
})

test('two processes that change a GPU each take as long as one that changes both', async () => {
  const [one, other] = await setUp(`latency fn=${create} us=200000`, 2)
  if (!one || !other) throw new Error('unreachable')
  await using _one = one
  await using _other = other
  const started = performance.now()
  const twice = async (client: Client, gpu: string): Promise<void> => {
    for (const _ of [1, 2]) expect((await client.call(`create ${gpu} 19`)).ret).toBe(nvml.success)
  }
  await Promise.all([twice(one, 'gpu0'), twice(other, 'gpu1')])
  expect(performance.now() - started).toBeGreaterThanOrEqual(800)
})

test('a process that changes without a pause lets reads of others through', async () => {
  const [busy, reader] = await setUp(`latency fn=${create} us=20000`, 2)
  if (!busy || !reader) throw new Error('unreachable')
  await using _busy = busy
  await using _reader = reader
  // Twenty seconds of work, whose end the test does not await: a read that had to wait for it would come
  // too late.
  const most = 1000
  busy.begin(Array(most).fill('create gpu0 99').join('\n'))
  await untilCalled(reader, create)
  expect((await reader.call('list gpu1 9')).ret).toBe(nvml.success)
  expect(await countCalls(reader, create)).toBeLessThan(most)
})
