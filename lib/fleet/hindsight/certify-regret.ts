import type { RegretCertificate, RegretStay } from '../../../types/fleet/regret.js'
import type { Tables } from '../../solver/tables/tables.js'
import { parts, type TraceBound } from './hindsight-bound.js'
import { type HindsightTrace, tablesOf } from './hindsight-trace.js'

/** The trace as plain data, and the prices that prove its bound. */
export function certifyRegret(
  trace: HindsightTrace,
  times: readonly number[],
  { rules }: TraceBound,
): RegretCertificate {
  const ofKinds = trace.kinds.flatMap(({ options }) => [...options.keys()])
  const all = [...new Set([...tablesOf(trace), ...ofKinds])]
  const numberOf = (tables: Tables): number => all.indexOf(tables)
  return {
    version: 1,
    kind: 'regret',
    geometries: all.map(({ profiles }) => ({ profiles: profiles.map(({ profile }) => profile) })),
    kinds: trace.kinds.map(({ options }) => ({
      options: Array.from(options, ([tables, positions]) => ({
        geometry: numberOf(tables),
        profileIds: positions.map((position) => tables.profiles[position]?.profile.id ?? -1),
      })),
    })),
    times,
    gpus: trace.gpus.map(({ from, counts }) => ({
      from,
      counts: all.map((tables) => counts.get(tables) ?? 0),
    })),
    stays: trace.stays.map(
      ({ request, kind, first, last, accepted, fixed, assumed }): RegretStay => ({
        request,
        kind,
        first,
        last,
        accepted,
        ...(fixed && { fixed }),
        ...(assumed && { assumed }),
      }),
    ),
    prices: {
      denominator: parts,
      rules: rules.map(({ rule, at }) => ({ ofKind: rule.prices, at })),
    },
  }
}
