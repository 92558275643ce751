import type { DeviceAttribute } from '../../../types/kubernetes/dra/objects.js'
import { isPlainObject, type Rule } from '../../model/checks/find-fault.js'
import { object } from '../../model/checks/kinds.js'
import { dnsLabel } from '../name-rules.js'

// What the API server takes. Source: k8s.io/kubernetes v1.37.2, pkg/apis/resource/validation.

/** Bytes of a text. */
export const longestValue = 64

const qualifiedName = new RegExp(`^(${dnsLabel}(\\.${dnsLabel})*/)?[A-Za-z_]\\w{0,31}$`)
const semanticVersion = /^(0|[1-9]\d*)(\.(0|[1-9]\d*)){2}([-+][\w.+-]+)?$/

type AttributeKind = DeviceAttribute extends infer Each
  ? Each extends unknown
    ? keyof Each
    : never
  : never

const isValue: Readonly<Record<AttributeKind, (value: unknown) => boolean>> = {
  string: isShort,
  int: Number.isSafeInteger,
  bool: (value) => typeof value === 'boolean',
  version: (value) => isShort(value) && semanticVersion.test(value),
}

function isShort(value: unknown): value is string {
  return typeof value === 'string' && new TextEncoder().encode(value).length <= longestValue
}

const attribute: Rule = {
  allowed: `one value: { string } or { version } of at most ${longestValue} characters, { int } or { bool }`,
  accepts(value) {
    if (!isPlainObject(value)) return false
    const [[kind, content] = [], ...others] = Object.entries(value)
    const accepts = Object.entries(isValue).find(([name]) => name === kind)?.[1]
    return others.length === 0 && accepts?.(content) === true
  },
}

/** Those by which classes and claims know a device. */
const ours: readonly string[] = ['type', 'uuid', 'parentUUID', 'profile']

/** With ours and the capacities, no device then has more than Kubernetes allows. */
const most = 12

/** Further attributes of devices, by the UUID of their GPU. */
export const attributesRule: Rule = {
  ...object,
  items: {
    allowed: `an object with at most ${most} attributes by their names, such as brand or example.com/rack, and none of ${ours.join(', ')}`,
    accepts: (value) =>
      isPlainObject(value) &&
      Object.keys(value).length <= most &&
      Object.keys(value).every((name) => qualifiedName.test(name) && !ours.includes(name)),
    items: attribute,
  },
}
