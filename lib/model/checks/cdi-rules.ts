import type { CdiNaming } from '../../../types/containers/cdi.js'
import type { CdiFormat } from '../../../types/machine/cdi-file.js'
import type { Rule } from './find-fault.js'
import { oneOf, wordsOf } from './kinds.js'

export const cdiNamings: readonly CdiNaming[] = wordsOf<CdiNaming>({
  index: true,
  'type-index': true,
  uuid: true,
})

export const cdiFormats: readonly CdiFormat[] = wordsOf<CdiFormat>({ yaml: true, json: true })

export const cdiKind: Rule = {
  allowed: 'vendor/class, such as nvidia.com/gpu',
  accepts: (value) => typeof value === 'string' && isCdiKind(value),
}
export const namingList: Rule = {
  allowed: `a list with at least one of ${cdiNamings.join(', ')}, each once`,
  accepts: (value) =>
    Array.isArray(value) && value.length > 0 && new Set(value).size === value.length,
  items: oneOf(...cdiNamings),
}

// Source: CDI 1.1.0, SPEC.md and pkg/parser.
const vendorOrClass = /^[A-Za-z](?:[A-Za-z0-9_.-]*[A-Za-z0-9])?$/

/** Whether this is `vendor/class`. */
export function isCdiKind(kind: string): boolean {
  const [vendor = '', name = '', ...rest] = kind.split('/')
  return rest.length === 0 && vendorOrClass.test(vendor) && vendorOrClass.test(name)
}
