// Questions to time: a random layout of a GPU and a random partition to add to it.
import { fits, listLayouts, possiblePartitions } from '../../dist/solver.js'
import { catalogGeometry, seeded } from './catalog.js'

/** Half of them are answered with yes: those of any layout and any partition hardly ever are. */
export function randomQuestions(key, count) {
  const geometry = catalogGeometry(key)
  const layouts = [...listLayouts(geometry)]
  const partitions = possiblePartitions(geometry, { dominated: true })
  const random = seeded(20_260_102)
  const pick = (list) => list[Math.floor(random() * list.length)]
  const yes = []
  const no = []
  while (yes.length < count || no.length < count) {
    const question = { layout: pick(layouts), partition: pick(partitions) }
    if (question.partition.length === 0) continue
    const list = fits(geometry, question.layout, question.partition).fits ? yes : no
    if (list.length < count) list.push(question)
  }
  return { yes, no }
}

/**
 * Median microseconds of the first time that each question is asked, by the clock around one call, and
 * of asking it again, by the clock around many.
 */
export function timeEach(questions, ask, repeats = 100) {
  const timed = (count) => (question) => {
    const start = process.hrtime.bigint()
    for (let round = 0; round < count; round += 1) ask(question)
    return Number(process.hrtime.bigint() - start) / 1000 / count
  }
  const first = medianOf(questions.map(timed(1)))
  questions.forEach(timed(repeats))
  const again = medianOf(questions.map(timed(repeats)))
  return { first: Number(first.toFixed(2)), again: Number(again.toFixed(3)) }
}

export function medianOf(values) {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]
}
