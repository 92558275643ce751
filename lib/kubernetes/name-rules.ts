import type { Rule } from '../model/checks/find-fault.js'

/** The form of a name of Kubernetes without dots. */
export const dnsLabel = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'

/** A name of Kubernetes with dots. Names of slices have those of the node and the driver in them. */
export function domainOf(most: number): Rule {
  const form = new RegExp(`^${dnsLabel}(\\.${dnsLabel})*$`)
  return {
    allowed: `a name of Kubernetes: lower-case letters, digits, "-" and ".", at most ${most} characters`,
    accepts: (value) => typeof value === 'string' && value.length <= most && form.test(value),
  }
}
