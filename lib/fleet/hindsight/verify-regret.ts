import type { FleetRegret, RegretCertificate, RegretCheck } from '../../../types/fleet/regret.js'
import { isMigError } from '../../errors.js'
import { describeFault, findFault, isPlainObject } from '../../model/checks/find-fault.js'
import { copyPlain } from '../../model/copy-plain.js'
import { compileGeometry } from '../../solver/tables/tables.js'
import { AnswerFault, fault, requireSame } from '../model/answer-fault.js'
import { proveTraceBound, type StoredKind } from './prove-trace-bound.js'
import { certificateForm } from './regret-form.js'

/**
 * Checks the figures of `regret` by the certificate alone: the counts and sums follow from the stays, and
 * the prices prove the bound. It uses nothing of how the prices were found. It never throws.
 */
export function verifyRegret(given: FleetRegret): RegretCheck {
  const regret = copyPlain(given)
  try {
    if (!isPlainObject(regret)) fault('it is no object')
    checkRegret(regret)
    return { valid: true }
  } catch (error) {
    if (error instanceof AnswerFault) return { valid: false, reason: error.message }
    throw error
  }
}

function checkRegret(regret: FleetRegret): void {
  const { certificate, since, requests, memoryUnits } = regret
  if (certificate === undefined) fault('it has no certificate: call regret with certify: true')
  const wrong = findFault(certificate, certificateForm)
  if (wrong !== null) fault(`${['certificate', ...wrong.path].join('.')} ${describeFault(wrong)}`)
  if (!isPlainObject(requests)) fault('requests is no object')
  if (!isPlainObject(memoryUnits)) fault('memoryUnits is no object')
  const kinds = readKinds(certificate)
  checkTrace(certificate)
  const { stays, times } = certificate
  const asked = stays.filter(({ fixed }) => fixed !== true)
  const accepted = asked.filter((stay) => stay.accepted)
  const sum = (list: typeof asked): number =>
    list.reduce((total, { kind }) => total + (kinds[kind]?.worth ?? 0), 0)
  if (since !== (times[0] ?? null)) fault('since is not the first of the times')
  const assumedStays = asked.filter(({ assumed }) => assumed === true).length
  const counts = { asked: asked.length, accepted: accepted.length, assumedStays }
  requireSame(requests, counts, 'the stays')
  requireSame(memoryUnits, { asked: sum(asked), accepted: sum(accepted) }, 'the stays')
  const { bound, withMoves } = memoryUnits
  const proven = proveTraceBound(certificate, kinds)
  if (!Number.isSafeInteger(bound) || BigInt(bound) < proven)
    fault(`the prices prove a bound of ${proven}, not ${bound}`)
  if (!Number.isSafeInteger(withMoves) || withMoves < 0 || withMoves > bound)
    fault('withMoves is above the bound')
}

/** Each kind with its profiles by geometry, and the memory units that it counts. */
function readKinds({ geometries, kinds }: RegretCertificate): readonly StoredKind[] {
  const all = geometries.map((geometry, index) => {
    try {
      return compileGeometry(geometry)
    } catch (error) {
      if (isMigError(error) || error instanceof TypeError)
        fault(`certificate.geometries.${index} is invalid: ${error.message}`)
      throw error
    }
  })
  return kinds.map(({ options }, kind): StoredKind => {
    const found = options.map(({ geometry, profileIds }) => {
      const tables = all[geometry]
      if (tables === undefined) fault(`certificate.kinds.${kind} has a geometry that is not there`)
      const positions = profileIds.map((id) => {
        const profile = tables.profileById.get(id)
        if (profile === undefined) fault(`certificate.kinds.${kind} has an unknown profile`)
        return profile.position
      })
      return { geometry, tables, positions }
    })
    const units = found.flatMap(({ tables, positions }) =>
      positions.map((position) => tables.profiles[position]?.unitCount ?? 0),
    )
    return { options: found, worth: units.length === 0 ? 0 : Math.min(...units) }
  })
}

function checkTrace({ geometries, kinds, times, gpus, stays, prices }: RegretCertificate): void {
  const arrivals = times.length
  for (const [index, { kind, first, last, fixed }] of stays.entries()) {
    const path = `certificate.stays.${index}`
    if (kind >= kinds.length) fault(`${path}.kind is no position in kinds`)
    if (first > last || last >= arrivals) fault(`${path} has no arrivals from first to last`)
    const before = stays[index - 1]
    if (before !== undefined && before.first > first) fault(`${path} is not in order`)
    if (fixed === true && !stays[index]?.accepted) fault(`${path} is fixed, but not accepted`)
  }
  for (const [index, { from, counts }] of gpus.entries()) {
    const path = `certificate.gpus.${index}`
    if (counts.length !== geometries.length) fault(`${path}.counts has not one for each geometry`)
    const before = gpus[index - 1]
    if (before === undefined ? from !== 0 : from < before.from) fault(`${path} is not in order`)
  }
  if (gpus.length === 0 && arrivals > 0) fault('certificate.gpus is empty')
  for (const [index, { ofKind, at }] of prices.rules.entries()) {
    const path = `certificate.prices.rules.${index}`
    if (ofKind.length !== kinds.length) fault(`${path}.ofKind has not one for each kind`)
    if (at.some(({ arrival }) => arrival >= arrivals)) fault(`${path}.at has an unknown arrival`)
  }
}
