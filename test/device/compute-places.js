/**
 * Which rule of the catalog (`ci-places`) a driver's lists of places follow, for each live GPU instance that
 * tells: `aligned`, where a size spans the next power of two of slots and starts at a multiple of it, or
 * `any-start`. `neither` is news. Sizes for which both rules list the same tell nothing.
 */
export function findPlaceRules(gpus) {
  return gpus.flatMap(({ index, gpuInstances = [] }) =>
    gpuInstances.flatMap(({ id, computeProfiles }) => {
      const known = computeProfiles.flatMap(({ info, placements }) =>
        info.value === undefined || placements?.value === undefined
          ? []
          : [{ slices: info.value.sliceCount, placements: placements.value }],
      )
      const whole = Math.max(...known.map(({ slices }) => slices))
      const rules = new Set(
        known.flatMap(({ slices, placements }) => ruleOf(slices, whole, placements)),
      )
      if (rules.size === 0) return []
      const [rule] = rules
      return [{ gpu: index, gpuInstance: id, rule: rules.size === 1 ? rule : 'neither' }]
    }),
  )
}

function ruleOf(slices, whole, placements) {
  const listed = textOf(placements)
  const span = 2 ** Math.ceil(Math.log2(slices))
  const anyStart = textOf(range(whole - slices + 1).map((start) => ({ start, size: slices })))
  const aligned = textOf(
    range(whole - slices + 1)
      .filter((start) => start % span === 0)
      .map((start) => ({ start, size: span })),
  )
  if (anyStart === aligned && listed === aligned) return []
  if (listed === aligned) return ['aligned']
  return [listed === anyStart ? 'any-start' : 'neither']
}

const range = (length) => Array.from({ length }, (_, start) => start)

const textOf = (placements) =>
  placements
    .map(({ start, size }) => `${start}:${size}`)
    .toSorted()
    .join(' ')
