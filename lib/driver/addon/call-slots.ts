import type { NativeAddon } from './addon.js'

// Driver calls block threads of libuv's pool, which also serves file access and name look-ups. A change
// that hangs holds the driver's lock, and every read of the machine then blocks a thread, too. One thread
// of the pool stays free for the rest of the program.
const poolSize = Number(process.env['UV_THREADPOOL_SIZE']) || 4
const mostAtOnce = Math.max(1, poolSize - 1)

type CallAtOnce = {
  [Name in keyof NativeAddon]: ReturnType<NativeAddon[Name]> extends Promise<unknown> ? never : Name
}[keyof NativeAddon]

/** Functions that return at once, on the thread of their caller. */
const answersAtOnce: Readonly<Record<CallAtOnce, true>> = {
  profileTable: true,
  callCounts: true,
  runningCalls: true,
  stopWatchingEvents: true,
  tryLock: true,
  waitForLock: true,
  stopWaiting: true,
  releaseLock: true,
  mapRegisters: true,
  readRegister: true,
  writeRegister: true,
  unmapRegisters: true,
  hasReader: true,
  makeCharacterDevice: true,
  notifyManager: true,
  endProcess: true,
}

type AnyCall = (...args: unknown[]) => unknown

/** A call that has begun and not returned. */
export interface BegunCall {
  /** The addon's function. */
  readonly name: string
  readonly args: readonly unknown[]
  /** By `performance.now()`. */
  readonly begunAt: number
}

const running = new Set<BegunCall>()
const waiting: (() => void)[] = []

/** The addon with a limit on the calls that run at once; the others wait for their turn. */
export function boundCalls(addon: NativeAddon): NativeAddon {
  const calls = Object.entries(addon).map(([name, call]: [string, AnyCall]) => [
    name,
    Object.hasOwn(answersAtOnce, name) ? call : inSlot(name, call),
  ])
  return Object.fromEntries(calls) as NativeAddon
}

/** The calls that block a thread now, the longest first. */
export function listBegunCalls(): readonly BegunCall[] {
  return [...running]
}

function inSlot(name: string, call: AnyCall): AnyCall {
  return (...args) =>
    running.size < mostAtOnce ? begin(name, call, args) : beginLater(name, call, args)
}

function begin(name: string, call: AnyCall, args: readonly unknown[]): unknown {
  const result = Reflect.apply(call, undefined, args)
  if (!(result instanceof Promise)) return result
  const begun = { name, args, begunAt: performance.now() }
  running.add(begun)
  const end = (): void => endOf(begun)
  result.then(end, end)
  return result
}

function beginLater(name: string, call: AnyCall, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.push(() => {
      try {
        resolve(begin(name, call, args))
      } catch (error) {
        reject(error)
      }
    })
  })
}

function endOf(begun: BegunCall): void {
  running.delete(begun)
  while (running.size < mostAtOnce && waiting.length > 0) waiting.shift()?.()
}
