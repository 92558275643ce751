import type { DriverOptions, LibraryRef } from '../../types/options.js'
import { textOf } from './option-values.js'
import { simulatedMachine } from './simulated-machine.js'
import { type OptionValues, type Terminal, UsageError } from './verb.js'

/** The library that the options name, a simulated machine included. */
export function driverOptions(values: OptionValues, terminal: Terminal): DriverOptions {
  const library = libraryOf(values)
  return { signal: terminal.signal, ...(library === undefined ? {} : { library }) }
}

function libraryOf(values: OptionValues): string | LibraryRef | undefined {
  const { library, simulate, store } = values
  if (typeof library === 'string') {
    if (simulate !== undefined || store !== undefined)
      throw new UsageError('--library and --simulate exclude each other')
    return library
  }
  if (typeof simulate === 'string' || typeof store === 'string')
    return simulatedMachine(textOf(values, 'simulate'), textOf(values, 'store')).library
  return undefined
}
