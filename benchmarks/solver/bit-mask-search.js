// What one would write first: places as bit masks, the largest instances first, depth first.
export function createBitMaskSearch({ profiles }) {
  const maskOf = ({ start, size }) => (2 ** size - 1) << start
  const byId = new Map(
    profiles.map((profile) => [
      profile.id,
      {
        most: profile.instanceCount,
        size: profile.placements[0].size,
        masks: profile.placements.map(maskOf),
      },
    ]),
  )
  return (layout, partition) => {
    let occupied = 0
    const there = new Map()
    for (const { profileId, placement } of layout) {
      occupied |= maskOf(placement)
      there.set(profileId, (there.get(profileId) ?? 0) + 1)
    }
    const wanted = []
    for (const { profileId, count } of partition) {
      const entry = byId.get(profileId)
      if ((there.get(profileId) ?? 0) + count > entry.most) return null
      for (let index = 0; index < count; index += 1) wanted.push(entry)
    }
    wanted.sort((a, b) => b.size - a.size)
    const placed = []
    const place = (index, mask) => {
      const entry = wanted[index]
      if (entry === undefined) return true
      for (const candidate of entry.masks) {
        if ((mask & candidate) !== 0) continue
        placed.push(candidate)
        if (place(index + 1, mask | candidate)) return true
        placed.pop()
      }
      return false
    }
    return place(0, occupied) ? placed : null
  }
}
