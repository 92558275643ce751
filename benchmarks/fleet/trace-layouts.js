// The trace of W13 under layouts that stay, and under instances that come and go with their pods.

/** Each maximal layout of a GPU of eight memory units, as counts by size. */
export function layoutsOf(profiles, sizes) {
  const places = profiles
    .filter(({ name }) => sizes.includes(name))
    .flatMap(({ name, sliceCount, placements }) =>
      placements.map(({ start, size }) => ({ name, slices: sliceCount, start, size })),
    )
  const found = new Map()
  const isFree = (chosen, one) =>
    chosen.every(({ start, size }) => one.start >= start + size || start >= one.start + one.size) &&
    chosen.reduce((sum, { slices }) => sum + slices, one.slices) <= 7
  const visit = (chosen, from) => {
    if (places.every((one) => !isFree(chosen, one))) {
      const counts = {}
      for (const { name } of chosen) counts[name] = (counts[name] ?? 0) + 1
      found.set(JSON.stringify(Object.entries(counts).sort()), counts)
    }
    for (let at = from; at < places.length; at++)
      if (isFree(chosen, places[at])) visit([...chosen, places[at]], at + 1)
  }
  visit([], 0)
  return [...found.values()]
}

/** Only counts matter: a pod has one device. */
export function replayStatic(pods, layouts, patience) {
  const free = {}
  for (const layout of layouts)
    for (const [size, count] of Object.entries(layout)) free[size] = (free[size] ?? 0) + count
  return replay(pods, patience, {
    take({ size }) {
      if ((free[size] ?? 0) === 0) return null
      free[size] -= 1
      return size
    },
    give: (size) => {
      free[size] += 1
    },
  })
}

/** As DynamicMIG: the scheduler takes the first device that fits, by GPU, name of profile and start. It is made at once. */
export function replayDynamic(pods, count, { profiles, sizes, patience }) {
  const places = Object.fromEntries(
    profiles
      .filter(({ name }) => sizes.includes(name))
      .map(({ name, sliceCount, placements }) => [
        name,
        placements
          .map(({ start, size }) => ({ start, size, slices: sliceCount }))
          .sort((a, b) => a.start - b.start),
      ]),
  )
  const gpus = Array.from({ length: count }, () => [])
  return replay(pods, patience, {
    take({ size }) {
      for (const gpu of gpus) {
        const used = gpu.reduce((sum, { slices }) => sum + slices, 0)
        const place = places[size].find(
          (one) =>
            used + one.slices <= 7 &&
            gpu.every(
              ({ start, size: units }) =>
                one.start >= start + units || start >= one.start + one.size,
            ),
        )
        if (place === undefined) continue
        const instance = { ...place }
        gpu.push(instance)
        return { gpu, instance }
      }
      return null
    },
    give({ gpu, instance }) {
      gpu.splice(gpu.indexOf(instance), 1)
    },
  })
}

/** Pods start in the order of their arrival where they fit, at each tick. */
function replay(pods, patience, { take, give }) {
  const waits = []
  const running = []
  let waiting = []
  let next = 0
  for (let now = 0; now <= pods.at(-1).arrives + patience; now += 1) {
    for (let at = running.length - 1; at >= 0; at--)
      if (running[at].endsAt <= now) give(running.splice(at, 1)[0].held)
    while (next < pods.length && pods[next].arrives <= now) waiting.push(pods[next++])
    waiting = waiting.filter((pod) => {
      if (now - pod.arrives > patience) return false
      const held = take(pod)
      if (held === null) return true
      running.push({ endsAt: now + pod.stays, held })
      waits.push(Math.max(0, now - pod.arrives))
      return false
    })
  }
  return { waits }
}
