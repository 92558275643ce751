import type { FleetInUse } from '../../types/fleet/moves.js'
import type { FleetRequest } from '../../types/fleet/pack.js'
import { geometryOf } from './geometry.js'
import { seeded } from './random.js'

const geometry = geometryOf('a100-40gb')
const kinds = [
  { profile: '1g.5gb', id: 19, size: 1, starts: [0, 1, 2, 3, 4, 5, 6] },
  { profile: '2g.10gb', id: 14, size: 2, starts: [0, 2, 4] },
  { profile: '3g.20gb', id: 9, size: 4, starts: [0, 4] },
]

/** A fleet that requests have left in part. With `own`, each request may be on four GPUs alone. */
export function drawInUse(gpuCount: number, seed: number, own: boolean, stays = 60): FleetInUse {
  const random = seeded(seed)
  const requests: FleetRequest[] = []
  const gpus = Array.from({ length: gpuCount }, (_, number) => {
    const layout: { id: string; profileId: number; placement: { start: number; size: number } }[] =
      []
    let taken = 0
    let slices = 0
    for (let tries = 0; tries < 10; tries += 1) {
      const kind = kinds[random(kinds.length)] as (typeof kinds)[number]
      const start = kind.starts[random(kind.starts.length)] as number
      const mask = ((1 << kind.size) - 1) << start
      const count = Number(kind.profile[0])
      if ((taken & mask) !== 0 || slices + count > 7) continue
      taken |= mask
      slices += count
      if (random(100) >= stays) continue
      const id = `r${number}-${layout.length}`
      layout.push({ id, profileId: kind.id, placement: { start, size: kind.size } })
      const where = {
        gpus: [...new Set([`g${number}`, ...[1, 2, 3].map(() => `g${random(gpuCount)}`)])],
      }
      requests.push({ id, profile: kind.profile, ...(own && { where }) })
    }
    return { id: `g${number}`, geometry, layout }
  })
  return { gpus, requests }
}
