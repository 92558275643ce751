import type { DriverOptions, SlowCall } from '../../../types/machine/options.js'
import type { GpuUuid } from '../../../types/model/state.js'
import type { NativeAddon } from '../addon/addon.js'
import { listBegunCalls } from '../addon/call-slots.js'
import { loadNative } from '../addon/native.js'

/** What a call is about, as far as known. */
export type CallInfo = Omit<SlowCall, 'durationMs'>

export type SlowCallOptions = Pick<DriverOptions, 'slowAfterMs' | 'onSlowCall'>

export interface CallWatch {
  /** The addon with each of its calls watched. */
  around(addon: NativeAddon): NativeAddon
  watch<T>(call: Promise<T>, describe: () => CallInfo): Promise<T>
}

const defaultSlowAfterMs = 10_000
/** Half of what a timer can hold, because the second wait is as long again. */
const longestMs = 2 ** 30

/** Reports slow calls, and never cancels one: the result of a driver call must be known. */
export function createCallWatch({ slowAfterMs, onSlowCall }: SlowCallOptions): CallWatch {
  const firstMs = Math.min(slowAfterMs ?? defaultSlowAfterMs, longestMs)
  if (onSlowCall === undefined) return { around: (addon) => addon, watch: (call) => call }

  function watch<T>(call: Promise<T>, describe: () => CallInfo): Promise<T> {
    const begun = performance.now()
    // Created here so that it and its successors keep the caller's async context.
    const wait = (ms: number): NodeJS.Timeout =>
      setTimeout(() => {
        const durationMs = performance.now() - begun
        timer = wait(durationMs)
        onSlowCall?.({ ...describe(), durationMs })
      }, ms).unref()
    let timer = wait(firstMs)
    const end = (): void => clearTimeout(timer)
    call.then(end, end)
    return call
  }

  return { watch, around: (addon) => watchAddon(addon, watch) }
}

function watchAddon(addon: NativeAddon, watch: CallWatch['watch']): NativeAddon {
  const watched = Object.entries(addon).map(([name, call]: [string, unknown]) => [
    name,
    (...args: unknown[]): unknown => {
      const result: unknown = Reflect.apply(call as () => unknown, addon, args)
      return result instanceof Promise
        ? watch(result, () => describeCall(addon, name, args))
        : result
    },
  ])
  return Object.fromEntries(watched) as NativeAddon
}

/** The call of this thread that has not returned for the longest time; null: none runs. */
export function longestCall(): SlowCall | null {
  const [begun] = listBegunCalls()
  if (begun === undefined) return null
  const { name, args, begunAt } = begun
  return { ...describeCall(loadNative(), name, args), durationMs: performance.now() - begunAt }
}

const namesOfOwn: Readonly<Record<string, string>> = {
  open: 'nvmlInit_v2',
  close: 'nvmlShutdown',
}

/** As the thread of the call reports it; otherwise by its name in JavaScript. */
function describeCall(addon: NativeAddon, name: string, args: readonly unknown[]): CallInfo {
  const [session, subject] = args
  const gpu =
    typeof subject === 'string' && subject.startsWith('GPU-') ? (subject as GpuUuid) : null
  const running = typeof session === 'number' ? runningCalls(addon, session) : []
  const found = running.find((call) => call.gpu === gpu)
  return {
    fn: found?.fn || (namesOfOwn[name] ?? `nvml${name[0]?.toUpperCase()}${name.slice(1)}`),
    gpu,
    gpuIndex: found?.gpuIndex ?? null,
  }
}

function runningCalls(
  addon: NativeAddon,
  session: number,
): ReturnType<NativeAddon['runningCalls']> {
  try {
    return addon.runningCalls(session)
  } catch {
    return []
  }
}
