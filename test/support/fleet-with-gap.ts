import type { FleetInUse } from '../../types/fleet/moves.js'

const model = 'A100-SXM4-40GB'
const at = (profileId: number, start: number, size: number, pinned = false) => ({
  profileId,
  placement: { start, size },
  pinned,
})
/** A fleet in use for which rounding leaves a gap that only HiGHS closes. */
export const fleetWithGap: FleetInUse = {
  gpus: [
    [at(19, 5, 1), at(19, 3, 1), at(14, 0, 2)],
    [at(5, 0, 4, true), at(9, 4, 4)],
    [at(14, 2, 2)],
    [at(9, 0, 4), at(14, 4, 2)],
    [at(14, 0, 2), at(14, 2, 2, true), at(19, 4, 1)],
  ].map((layout, number) => ({ id: `gpu-${number}`, model, layout })),
}
export const moveCosts = {
  profiles: [
    { profile: '1g.5gb', cost: 3 },
    { profile: '3g.20gb', cost: 5 },
  ],
}
