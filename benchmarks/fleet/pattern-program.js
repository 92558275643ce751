// The pattern program of one or several models as text for HiGHS: how many GPUs take which pattern. It shares
// only the list of patterns with the fleet's own solver, and the solver of one GPU makes that list.
import loadHighs from 'highs'
import { compileGeometry } from '../../dist/solver.js'

/** `models`: geometry and number of GPUs. `kinds`: count and, by model, ids of profiles that serve. */
export async function solvePatterns(models, kinds) {
  const highs = await loadHighs()
  const rows = []
  const whole = []
  const used = []
  const room = new Map()
  for (const [number, { geometry, count }] of models.entries()) {
    const { partitions, classes } = compileGeometry(geometry).residuals
    const columns = classes[0].undominated.map((partition) => {
      const name = `x${number}_${partition}`
      for (const [position, each] of partitions.counts[partition].entries()) {
        if (each === 0) continue
        const key = `${number}:${geometry.profiles[position].id}`
        room.set(key, [...(room.get(key) ?? []), `- ${each} ${name}`])
      }
      return name
    })
    whole.push(...columns)
    used.push(...columns)
    rows.push(`s${number}: ${columns.join(' + ')} <= ${count}`)
  }
  const takers = new Map()
  for (const [kind, { count, serving }] of kinds.entries()) {
    const terms = serving.flatMap((ids, number) =>
      ids.map((id) => {
        const name = `y${kind}_${number}_${id}`
        takers.set(`${number}:${id}`, [...(takers.get(`${number}:${id}`) ?? []), `+ ${name}`])
        return name
      }),
    )
    rows.push(`d${kind}: ${terms.join(' + ')} = ${count}`)
    whole.push(...terms)
  }
  for (const [key, terms] of takers) {
    rows.push(`c${rows.length}: ${[...terms, ...(room.get(key) ?? [])].join(' ')} <= 0`)
  }
  const text = `Minimize\n gpus: ${used.join(' + ')}\nSubject To\n ${rows.join('\n ')}\nGeneral\n ${whole.join(' ')}\nEnd`
  const start = performance.now()
  const { Status, ObjectiveValue } = highs.solve(text, { output_flag: false, mip_rel_gap: 0 })
  if (Status !== 'Optimal') throw new Error(`HiGHS: ${Status}`)
  return { gpus: Math.round(ObjectiveValue), ms: performance.now() - start, columns: whole.length }
}
