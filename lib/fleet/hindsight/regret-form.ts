import type { RegretCertificate, RegretStay } from '../../../types/fleet/regret.js'
import type { Rule, RulesOf } from '../../model/checks/find-fault.js'
import { anything, flag, listOf, objectOf } from '../../model/checks/kinds.js'

type Part<List> = List extends readonly (infer Item)[] ? Item : never

function wholeBelow(limit: number, least = 0): Rule {
  return {
    allowed: `a whole number from ${least}, below ${limit}`,
    accepts: (value) =>
      Number.isSafeInteger(value) && (value as number) >= least && (value as number) < limit,
  }
}

function only(right: string | number | boolean): Rule {
  return { allowed: String(right), accepts: (value) => value === right }
}

/** An object with all of these fields, but for those that are named. */
function whole<Type>(rules: RulesOf<Type>, ...optional: (keyof Type)[]): Rule {
  const required = Object.keys(rules).filter((name) => !optional.includes(name as keyof Type))
  return { ...objectOf(rules), required }
}

const time: Rule = { allowed: 'a finite number', accepts: Number.isFinite }
const name: Rule = {
  allowed: 'a string or null',
  accepts: (value) => value === null || typeof value === 'string',
}
/** No fleet remembers more. */
const position = wholeBelow(2 ** 22)
const price = wholeBelow(2 ** 45)

const stay: RulesOf<RegretStay> = {
  request: name,
  kind: position,
  first: position,
  last: position,
  accepted: flag,
  fixed: only(true),
  assumed: only(true),
}

type Kind = Part<RegretCertificate['kinds']>
const option: RulesOf<Part<Kind['options']>> = { geometry: position, profileIds: listOf(position) }
const kind: RulesOf<Kind> = { options: listOf(whole(option)) }
const gpus: RulesOf<Part<RegretCertificate['gpus']>> = {
  from: position,
  counts: listOf(wholeBelow(2 ** 45)),
}
type PricedRule = Part<RegretCertificate['prices']['rules']>
const at: RulesOf<Part<PricedRule['at']>> = { arrival: position, price }
const rule: RulesOf<PricedRule> = { ofKind: listOf(wholeBelow(2 ** 20)), at: listOf(whole(at)) }
const prices: RulesOf<RegretCertificate['prices']> = {
  denominator: wholeBelow(2 ** 45, 1),
  rules: listOf(whole(rule)),
}
const certificate: RulesOf<RegretCertificate> = {
  version: only(1),
  kind: only('regret'),
  geometries: listOf(anything),
  kinds: listOf(whole(kind)),
  times: listOf(time),
  gpus: listOf(whole(gpus)),
  stays: listOf(whole(stay, 'fixed', 'assumed')),
  prices: whole(prices),
}

export const certificateForm: Rule = whole(certificate)
