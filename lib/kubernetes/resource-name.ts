import { MigError } from '../errors.js'
import { formatProfileName, parseProfileName } from '../model/profile-names.js'

export const gpuResource = 'nvidia.com/gpu'
const migPrefix = 'nvidia.com/mig-'

/** Kubernetes: the part behind the slash has at most 63 characters. */
const longestResource = 'nvidia.com/'.length + 63

/** The name of a MIG device as resource names and labels write it: `1g.5gb.me` for `1g.5gb+me`. */
export function dottedName(device: string): string {
  return device.replaceAll('+', '.')
}

/** `nvidia.com/mig-1g.5gb.me` for `1g.5gb+me`, as the strategy `mixed` has it, whatever the driver calls the device. */
export function migResource(device: string): string {
  return `${migPrefix}${dottedName(device)}`
}

/**
 * The resource of a MIG device by its name: `nvidia.com/mig-1g.5gb.me` for `1g.5gb+me`. A resource is itself.
 *
 * @throws MigError `MIG_PROFILE_UNKNOWN` for a text that is no size.
 */
export function resourceNameOf(device: string): string {
  return migResource(deviceNameOf(device))
}

/**
 * The MIG device that a resource is: `1g.5gb+me` for `nvidia.com/mig-1g.5gb.me`, with or without the prefix `nvidia.com/`, and for
 * the `.shared` of time-slicing. Null: it is no MIG device of its own, such as `nvidia.com/gpu`.
 */
export function profileOf(resource: string): string | null {
  const [, size, attributes = ''] =
    /^(?:nvidia\.com\/)?mig-((?:\d+c\.)?\d+g\.\d+gb)((?:-me|\.(?!shared$)[a-z]\S*?)?)(?:\.shared)?$/.exec(
      resource,
    ) ?? []
  if (size === undefined) return null
  const name = `${size}${attributes.replace(/^\./, '+')}`
  return parseProfileName(name) === null ? null : name
}

/** Whether a device has a part of the compute slices of its GPU instance, such as `1c.3g.20gb`. */
export function isPart(device: string): boolean {
  const parts = parseProfileName(device)
  return parts !== null && parts.computeSlices !== parts.slices
}

/** The one spelling of a device's name. Throws `MIG_PROFILE_UNKNOWN` for what cannot be one, or has no name in Kubernetes. */
export function deviceNameOf(text: string): string {
  const parts = parseProfileName(text)
  const name = parts === null ? profileOf(text) : formatProfileName(parts)
  if (name !== null && migResource(name).length <= longestResource) return name
  throw new MigError(
    'MIG_PROFILE_UNKNOWN',
    `${JSON.stringify(text)} is neither the name of a MIG device, such as 1g.5gb, nor its resource, such as ${migPrefix}1g.5gb`,
  )
}
