// Compiling a geometry, and the questions that its tables answer.
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import {
  compileGeometry,
  fits,
  maxAdditional,
  placePartition,
  remaining,
} from '../../dist/solver.js'
import { catalogGeometry } from './catalog.js'
import { medianOf, randomQuestions, timeEach } from './questions.js'

export function measureTables() {
  return [...measureCompile(), ...['a100-40gb', 'rtx-pro-6000-blackwell'].flatMap(measureQuestions)]
}

/** In a process of its own: the first compile, with nothing warm. */
function measureCompile() {
  const once = fileURLToPath(new URL('compile-once.js', import.meta.url))
  return ['a30-24gb', 'a100-40gb', 'h100-80gb-sxm', 'rtx-pro-6000-blackwell'].map((key) => {
    const durations = Array.from({ length: 7 }, () => {
      const { stdout } = spawnSync(process.execPath, [once, key], { encoding: 'utf8' })
      return Number(stdout)
    })
    return {
      what: `${key}: compileGeometry with all tables, new process`,
      value: Number(medianOf(durations).toFixed(1)),
      unit: 'ms',
      bound: 50,
    }
  })
}

function measureQuestions(key) {
  const gpu = compileGeometry(catalogGeometry(key))
  const { yes, no } = randomQuestions(key, 1000)
  const small = gpu.profiles[0].profile.id
  const askFits = ({ layout, partition }) => fits(gpu, layout, partition)
  const askPlace = ({ layout, partition }) => placePartition({ gpu, partition, keep: layout })
  const rows = [
    ['placePartition, yes', askPlace, yes, 1],
    ['placePartition, no and why', askPlace, no, 1],
    ['fits, yes', askFits, yes, 1],
    ['fits, no and why', askFits, no, 1],
    ['maxAdditional', ({ layout }) => maxAdditional(gpu, layout, small), yes],
    ['remaining', ({ layout }) => remaining(gpu, layout), yes],
  ]
  return rows.flatMap(([name, ask, questions, bound]) => {
    const { first, again } = timeEach(questions, ask)
    const median = { what: `${key}: ${name}, median`, value: again, unit: 'µs' }
    if (ask !== askPlace || questions !== yes) return bound ? { ...median, bound } : median
    // The only one that remembers what it found.
    const before = { what: `${key}: ${name}, asked for the first time`, value: first, unit: 'µs' }
    return [before, { ...median, bound }]
  })
}
