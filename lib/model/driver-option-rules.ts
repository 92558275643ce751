import type { DriverOptions, LibraryRef } from '../../types/machine/options.js'
import type { OptionRule, OptionRules } from './check-options.js'
import { callback, either, milliseconds, objectOf, path, signal, unsigned } from './option-rules.js'

const symbol = { allowed: 'the name of an exported function', accepts: path.accepts }

const libraryParts: OptionRules<LibraryRef> = {
  path,
  selector: objectOf({ symbol, value: unsigned }, 'symbol', 'value'),
  lockFile: path,
  root: either(path, { allowed: 'null', accepts: (value) => value === null }),
  reset: objectOf({ symbol }, 'symbol'),
}

/** An empty string is an environment variable that is not set. */
const library: OptionRule = {
  ...either(
    { allowed: 'a path', accepts: (value) => value === '' || path.accepts(value) },
    objectOf(libraryParts, 'path'),
  ),
  parts: libraryParts,
}

/** Of everything that opens a driver. */
export const driverOptionRules: OptionRules<DriverOptions> = {
  library,
  signal,
  slowAfterMs: milliseconds,
  onSlowCall: callback,
}
