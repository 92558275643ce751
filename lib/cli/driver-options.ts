import type { DriverOptions, LibraryRef } from '../../types/machine/options.js'
import { describeSlow } from './describe-slow.js'
import { given, optionalNumber } from './option-values.js'
import { machineOf } from './simulated-machine.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** The library that the options name, a simulated machine included; and how long its calls may take. */
export function driverOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  return {
    signal: terminal.signal,
    ...given('library', libraryOf(values)),
    ...given('slowAfterMs', optionalNumber(values, 'slow-after-ms', 1)),
  }
}

/** For a verb without events: it reports on standard error which call it waits for. */
export function readingOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  return {
    ...driverOptions(values, terminal),
    onSlowCall: (call) => terminal.err(`${describeSlow(call)}\n`),
  }
}

function libraryOf(values: OptionValues): string | LibraryRef | undefined {
  const { library, simulate, store, driver } = values
  if (typeof library === 'string') {
    if (simulate !== undefined || store !== undefined)
      throw new UsageError('--library and --simulate exclude each other')
    if (driver !== undefined) throw new UsageError('--driver goes with --simulate')
    return library
  }
  if (simulate !== undefined || store !== undefined || driver !== undefined)
    return machineOf(values).library
  return undefined
}
