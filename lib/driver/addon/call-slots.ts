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
  endProcess: true,
}

type AnyCall = (...args: unknown[]) => unknown

let running = 0
const waiting: (() => void)[] = []

/** The addon with a limit on the calls that run at once; the others wait for their turn. */
export function boundCalls(addon: NativeAddon): NativeAddon {
  const calls = Object.entries(addon).map(([name, call]: [string, AnyCall]) => [
    name,
    Object.hasOwn(answersAtOnce, name) ? call : inSlot(call),
  ])
  return Object.fromEntries(calls) as NativeAddon
}

function inSlot(call: AnyCall): AnyCall {
  return (...args) => (running < mostAtOnce ? begin(call, args) : beginLater(call, args))
}

function begin(call: AnyCall, args: readonly unknown[]): unknown {
  const result = Reflect.apply(call, undefined, args)
  if (!(result instanceof Promise)) return result
  running++
  result.then(end, end)
  return result
}

function beginLater(call: AnyCall, args: readonly unknown[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    waiting.push(() => {
      try {
        resolve(begin(call, args))
      } catch (error) {
        reject(error)
      }
    })
  })
}

function end(): void {
  running--
  while (running < mostAtOnce && waiting.length > 0) waiting.shift()?.()
}
