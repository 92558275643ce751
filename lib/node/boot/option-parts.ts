import type { ApplyOptions } from '../../../types/machine/options.js'
import type { BootOptions } from '../../../types/node/boot.js'

// What a boot passes on to the functions of the machine, which refuse options that are not theirs.

export function driverOptions({
  library,
  signal,
  slowAfterMs,
  onSlowCall,
}: BootOptions): Pick<ApplyOptions, 'library' | 'signal' | 'slowAfterMs' | 'onSlowCall'> {
  return {
    ...(library === undefined ? {} : { library }),
    ...(signal === undefined ? {} : { signal }),
    ...(slowAfterMs === undefined ? {} : { slowAfterMs }),
    ...(onSlowCall === undefined ? {} : { onSlowCall }),
  }
}

export function recoverOptions(options: BootOptions): ApplyOptions {
  const { reset, resetTimeoutMs, onEvent } = options
  return {
    ...driverOptions(options),
    ...(reset === undefined ? {} : { reset }),
    ...(resetTimeoutMs === undefined ? {} : { resetTimeoutMs }),
    ...(onEvent === undefined ? {} : { onEvent }),
  }
}

export function applyOptions(options: BootOptions): ApplyOptions {
  const { cdi, clients, hooks, hookEnvs } = options
  return {
    ...recoverOptions(options),
    ...(cdi === undefined ? {} : { cdi }),
    ...(clients === undefined ? {} : { clients }),
    ...(hooks === undefined ? {} : { hooks }),
    ...(hookEnvs === undefined ? {} : { hookEnvs }),
  }
}
