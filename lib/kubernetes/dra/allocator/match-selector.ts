import type {
  DeviceAttribute,
  DeviceSelector,
  SliceDevice,
} from '../../../../types/kubernetes/dra/objects.js'
import { MigError } from '../../../errors.js'

/** A device, as a selector sees it. */
export interface SeenDevice {
  readonly driver: string
  readonly device: SliceDevice
}

/** True, false, or an error, which counts unless another condition is false. */
type Condition = (seen: SeenDevice) => boolean | MigError

export type Matcher = (seen: SeenDevice) => boolean

/**
 * Reads the selectors that this package and NVIDIA's driver write: the driver, and values of attributes, joined by `&&`. The
 * Common Expression Language has much more.
 */
export function matcherOf({ cel }: DeviceSelector): Matcher {
  const conditions = cel.expression.split('&&').map((text) => readCondition(text.trim()))
  return (seen) => {
    const results = conditions.map((condition) => condition(seen))
    if (results.includes(false)) return false
    const error = results.find((result) => result instanceof MigError)
    if (error !== undefined) throw error
    return true
  }
}

const literal = `('[^'\\\\]*'|"[^"\\\\]*"|true|false|-?\\d+)`
const driverForm = new RegExp(`^device\\.driver\\s*==\\s*${literal}$`)
const attributeForm = new RegExp(
  `^device\\.attributes\\[(?:'([^'\\\\]*)'|"([^"\\\\]*)")\\]\\.(\\w+)\\s*==\\s*${literal}$`,
)

function readCondition(text: string): Condition {
  const driver = driverForm.exec(text)?.[1]
  if (driver !== undefined) return (seen) => seen.driver === literalOf(driver)
  const [, single, double, name, value] = attributeForm.exec(text) ?? []
  if (name === undefined || value === undefined)
    throw new MigError(
      'MIG_DRA_INVALID',
      `The simulation does not read the condition ${JSON.stringify(text)}`,
      {
        hint: "it reads device.driver == '…' and device.attributes['…'].… == '…', joined by &&",
      },
    )
  const domain = single ?? double ?? ''
  return (seen) => {
    const found = findAttribute(seen, `${domain}/${name}`)
    if (found === undefined)
      return new MigError(
        'MIG_DRA_INVALID',
        `The device ${seen.device.name} has no attribute ${domain}/${name}, and the scheduler ends with an error there`,
      )
    if ('version' in found)
      return new MigError(
        'MIG_DRA_INVALID',
        `The simulation does not compare ${domain}/${name}, which is a version`,
      )
    return Object.values(found)[0] === literalOf(value)
  }
}

function literalOf(text: string): string | number | boolean {
  if (text === 'true' || text === 'false') return text === 'true'
  return /^['"]/.test(text) ? text.slice(1, -1) : Number(text)
}

/** By its name with a domain. A name without one belongs to the driver. */
export function findAttribute(
  { driver, device: { attributes = {} } }: SeenDevice,
  fullName: string,
): DeviceAttribute | undefined {
  const own = `${driver}/`
  return (
    attributes[fullName] ??
    (fullName.startsWith(own) ? attributes[fullName.slice(own.length)] : undefined)
  )
}
