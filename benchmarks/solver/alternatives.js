// The same questions answered in other ways, in the same process: whether a partition can be added to
// a layout, at any place. Every yes and no must be that of `fits`; neither checks the layout nor says why
// not, and the first place found is as good to them as any.
import loadHighs from 'highs'
import { compileGeometry, fits, possiblePartitions } from '../../dist/solver.js'
import { createBitMaskSearch } from './bit-mask-search.js'
import { catalogGeometry } from './catalog.js'
import { tryCreationOrders } from './creation-orders.js'
import { medianOf, randomQuestions, timeEach } from './questions.js'

const key = 'a100-40gb'

export async function measureAlternatives() {
  const geometry = catalogGeometry(key)
  const gpu = compileGeometry(geometry)
  const { yes, no } = randomQuestions(key, 1000)
  const search = createBitMaskSearch(geometry)
  const highs = await loadHighs()
  const bySearch = ({ layout, partition }) => search(layout, partition) !== null
  const byHighs = (question) => assign(highs, geometry, question) !== null
  const rows = []
  for (const [word, questions] of [
    ['yes', yes],
    ['no', no],
  ]) {
    for (const [name, answer, asked, repeats] of [
      ['depth-first bit-mask search', bySearch, questions, 100],
      ['HiGHS on the assignment model', byHighs, questions.slice(0, 100), 1],
    ]) {
      for (const question of asked) {
        if (answer(question) !== fits(gpu, question.layout, question.partition).fits) {
          throw new Error(`${name} disagrees: ${JSON.stringify(question)}`)
        }
      }
      const { again } = timeEach(asked, answer, repeats)
      rows.push({ what: `${key}: ${name}, ${word}, median`, value: again, unit: 'µs' })
    }
  }
  return [...rows, ...measureOrders(geometry)]
}

/** From an empty GPU: mig-parted clears it first. */
function measureOrders(geometry) {
  const partitions = possiblePartitions(geometry, { dominated: true })
  const ask = (partition) => tryCreationOrders(geometry, partition)
  const tried = partitions.map(ask)
  const calls = tried.map(({ creations }) => creations)
  return [
    {
      what: `${key}: creation orders as mig-parted, median`,
      value: timeEach(partitions, ask, 5).again,
      unit: 'µs',
    },
    { what: `${key}: GPU instances it creates and undoes, median`, value: medianOf(calls) },
    { what: `${key}: GPU instances it creates and undoes, most`, value: Math.max(...calls) },
    {
      what: `${key}: partitions for which no order works`,
      value: tried.filter(({ found }) => !found).length,
      unit: `of ${partitions.length}`,
    },
  ]
}

/** One variable for each request and place, each request once, each memory unit at most once. */
function assign(highs, { profiles }, { layout, partition }) {
  const taken = new Set(layout.flatMap(({ placement }) => unitsOf(placement)))
  const variables = partition.flatMap(({ profileId, count }, entry) => {
    const { placements } = profiles.find(({ id }) => id === profileId)
    return Array.from({ length: count }, (_, number) =>
      placements
        .filter((placement) => !unitsOf(placement).some((unit) => taken.has(unit)))
        .map((placement) => ({
          name: `x${entry}_${number}_${placement.start}`,
          request: `${entry}_${number}`,
          profileId,
          placement,
        })),
    )
  })
  if (variables.length === 0) return []
  if (variables.some((places) => places.length === 0)) return null
  const all = variables.flat()
  const sum = (list) => list.map(({ name }) => name).join(' + ')
  const rows = variables.map((places) => `${sum(places)} = 1`)
  for (const unit of new Set(all.flatMap(({ placement }) => unitsOf(placement)))) {
    rows.push(`${sum(all.filter(({ placement }) => unitsOf(placement).includes(unit)))} <= 1`)
  }
  for (const { id, instanceCount } of profiles) {
    const there = layout.filter(({ profileId }) => profileId === id).length
    const places = all.filter(({ profileId }) => profileId === id)
    if (places.length > 0) rows.push(`${sum(places)} <= ${instanceCount - there}`)
  }
  const model = `Minimize\n obj: ${all[0].name}\nSubject To\n${rows.map((row, index) => ` c${index}: ${row}`).join('\n')}\nBinary\n ${all.map(({ name }) => name).join(' ')}\nEnd`
  const solved = highs.solve(model)
  if (solved.Status !== 'Optimal') return null
  return all.filter(({ name }) => solved.Columns[name].Primal > 0.5)
}

function unitsOf({ start, size }) {
  return Array.from({ length: size }, (_, index) => start + index)
}
