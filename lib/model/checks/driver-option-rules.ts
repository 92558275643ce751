import type { DriverOptions, LibraryRef } from '../../../types/machine/options.js'
import type { RulesOf } from './find-fault.js'
import { callback, either, milliseconds, objectOf, oneOf, path, signal, unsigned } from './kinds.js'

const symbol = { allowed: 'the name of an exported function', accepts: path.accepts }

const libraryRef: RulesOf<LibraryRef> = {
  path,
  selector: objectOf({ symbol, value: unsigned }, 'symbol', 'value'),
  lockFile: path,
  root: either(path, oneOf(null)),
  reset: objectOf({ symbol }, 'symbol'),
}

/** An empty string stands for an environment variable that is not set. */
const pathOrEmpty = {
  allowed: 'a path',
  accepts: (value: unknown) => value === '' || path.accepts(value),
}

/** The options of everything that opens a driver. */
export const driverOptionRules: RulesOf<DriverOptions> = {
  library: either(pathOrEmpty, objectOf(libraryRef, 'path')),
  signal,
  slowAfterMs: milliseconds,
  onSlowCall: callback,
}
