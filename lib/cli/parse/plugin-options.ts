import type {
  DevicePluginCdi,
  DevicePluginOptions,
} from '../../../types/kubernetes/device-plugin.js'
import { isCdiKind } from '../../model/checks/cdi-rules.js'
import { given, optionalNumber, textOf } from './option-values.js'
import { driverFilesOptions } from './options.js'
import { type OptionTable, type OptionValues, UsageError } from './verb.js'

// What the device plugin and the DRA driver have in common.

export const pluginCdiOptions: OptionTable = {
  'cdi-file': {
    type: 'string',
    value: 'FILE',
    help: 'the CDI specification that is kept up to date (default: one of its own in /var/run/cdi); none: another program writes it',
  },
  'cdi-kind': {
    type: 'string',
    value: 'KIND',
    help: 'its vendor and class (default: k8s.device-plugin.nvidia.com/gpu; with --cdi-file none, nvidia.com/gpu)',
  },
  ...driverFilesOptions,
}

export const healthOptions: OptionTable = {
  'ignored-xids': {
    type: 'string',
    many: true,
    value: 'XID',
    help: 'Xids that leave a device healthy, or all (default: 13,31,43,45,68,109)',
  },
  'recover-after': {
    type: 'string',
    value: 'SECONDS',
    help: 'count a device as healthy again after so many seconds without an Xid (default: when its instance or GPU comes anew)',
  },
}

export const lookOptions: OptionTable = {
  'interval-ms': {
    type: 'string',
    value: 'N',
    help: 'milliseconds between two looks (default 1000); driver events are followed at once',
  },
}

export function pluginCdi(values: OptionValues): DevicePluginCdi {
  const kind = textOf(values, 'cdi-kind')
  const merge = textOf(values, 'merge')
  const driverRoot = textOf(values, 'driver-root')
  if (kind !== undefined && !isCdiKind(kind))
    throw new UsageError(
      `--cdi-kind takes a vendor and a class, such as nvidia.com/gpu, not '${kind}'`,
    )
  if (merge !== undefined && driverRoot !== undefined)
    throw new UsageError('--merge and --driver-root cannot be combined')
  return {
    ...given('file', textOf(values, 'cdi-file')),
    ...given('kind', kind),
    ...given('merge', merge),
    ...given('driverRoot', driverRoot),
  }
}

export function healthOf(
  values: OptionValues,
): Pick<DevicePluginOptions, 'ignoredXids' | 'recoverAfterMs'> {
  const seconds = optionalNumber(values, 'recover-after', 1)
  return {
    ...given('ignoredXids', xidsOf(values)),
    ...given('recoverAfterMs', seconds === undefined ? undefined : seconds * 1000),
  }
}

function xidsOf(values: OptionValues): DevicePluginOptions['ignoredXids'] {
  const text = textOf(values, 'ignored-xids')
  if (text === undefined || text === 'all') return text
  return text.split(',').map((word) => {
    if (!/^\d{1,6}$/.test(word.trim()))
      throw new UsageError(`--ignored-xids takes numbers or all, not '${word.trim()}'`)
    return Number(word)
  })
}
