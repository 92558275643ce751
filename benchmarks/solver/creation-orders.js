// Without placed creation: clear the GPU, create the instances in one order after the other, largest
// first, the driver choosing each place, until an order leads through. As mig-parted does.
export function tryCreationOrders({ profiles }, partition) {
  const places = profiles.flatMap(({ placements }) => placements.map(maskOf))
  const byId = new Map(profiles.map((profile) => [profile.id, profile]))
  const wanted = partition
    .flatMap(({ profileId, count }) => Array.from({ length: count }, () => byId.get(profileId)))
    .sort((a, b) => b.sliceCount - a.sliceCount || (a.name < b.name ? 1 : -1))
  let creations = 0

  const create = (occupied, profile, live) => {
    creations += 1
    if (live >= profile.instanceCount) return 0
    let best = 0
    let lowest = Number.POSITIVE_INFINITY
    for (const mask of profile.placements.map(maskOf)) {
      if ((mask & occupied) !== 0) continue
      const cost = places.filter((other) => !(other & occupied) && other & mask).length
      if (cost < lowest) {
        best = mask
        lowest = cost
      }
    }
    return best
  }
  const works = (order) => {
    let occupied = 0
    for (const [index, profile] of order.entries()) {
      const live = order.slice(0, index).filter((other) => other === profile).length
      const mask = create(occupied, profile, live)
      if (mask === 0) return false
      occupied |= mask
    }
    return true
  }
  const permute = (from) => {
    if (from === wanted.length) return works(wanted)
    const seen = new Set()
    for (let index = from; index < wanted.length; index += 1) {
      if (seen.has(wanted[index])) continue
      seen.add(wanted[index])
      swap(wanted, from, index)
      const found = permute(from + 1)
      swap(wanted, from, index)
      if (found) return true
    }
    return false
  }
  return { found: permute(0), creations }
}

function maskOf({ start, size }) {
  return (2 ** size - 1) << start
}

function swap(list, a, b) {
  ;[list[a], list[b]] = [list[b], list[a]]
}
