// An upper bound for W13: whenever an accepted pod starts, it runs from the end of its patience to the end of its shortest run. Then all that run
// together have to fit by memory units, by compute slices and by halves of GPUs. A linear program; no policy accepts more.
const units = { '1g.5gb': 1, '1g.10gb': 2, '2g.10gb': 2, '3g.20gb': 4, '4g.20gb': 4, '7g.40gb': 8 }
const slices = { '1g.5gb': 1, '1g.10gb': 1, '2g.10gb': 2, '3g.20gb': 3, '4g.20gb': 4, '7g.40gb': 7 }
const halves = { '3g.20gb': 1, '4g.20gb': 1, '7g.40gb': 2 }

export async function highestShare(pods, gpus, patience) {
  const sure = pods.map(({ arrives, stays }) => ({ from: arrives + patience, to: arrives + stays }))
  const times = sure.filter(({ from, to }) => to > from).map(({ from }) => from)
  const rows = times.flatMap((time, at) => {
    const together = pods
      .map((_, pod) => pod)
      .filter((pod) => sure[pod].from <= time && time < sure[pod].to)
    return [
      [units, 8 * gpus],
      [slices, 7 * gpus],
      [halves, 2 * gpus],
    ].flatMap(([weights, most], kind) => {
      const terms = together
        .filter((pod) => (weights[pods[pod].size] ?? 0) > 0)
        .map((pod) => `${weights[pods[pod].size]} x${pod}`)
      const total = together.reduce((sum, pod) => sum + (weights[pods[pod].size] ?? 0), 0)
      return total <= most ? [] : [`r${at}_${kind}: ${terms.join(' + ')} <= ${most}`]
    })
  })
  if (rows.length === 0) return 1
  const { default: load } = await import('highs')
  const highs = await load()
  const names = pods.map((_, pod) => `x${pod}`)
  const model = [
    'Maximize',
    `obj: ${names.join('\n + ')}`,
    'Subject To',
    ...rows.map((row) => row.replaceAll(' + ', '\n + ')),
    'Bounds',
    ...names.map((name) => `0 <= ${name} <= 1`),
    'End',
  ].join('\n')
  const { Status, ObjectiveValue } = highs.solve(model)
  if (Status !== 'Optimal') throw new Error(`the bound is not known: ${Status}`)
  return ObjectiveValue / pods.length
}
