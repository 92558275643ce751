import { readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { Instrumenter } from '@stryker-mutator/instrumenter'

const quiet = {
  isDebugEnabled: () => false,
  debug() {},
  info() {},
}

/**
 * Draws so many mutants of each folder. Stryker lists them all, and each has the same chance, however the lines and
 * files are cut: a range of lines would draw many small mutants of a long line together, and none of a block around it.
 */
export async function drawMutants(files, most, seed) {
  const draw = drawnBy(seed)
  const keys = []
  for (const folder of new Set(files.map((path) => dirname(path)))) {
    const mutants = await listMutants(files.filter((path) => dirname(path) === folder))
    for (let left = most; left > 0 && mutants.length > 0; left--) {
      keys.push(...mutants.splice(draw(mutants.length), 1).map(keyOf))
    }
  }
  return keys
}

/** One mutant, in this process and in those of Stryker, which number them anew. */
export function keyOf({ fileName, mutatorName, replacement, location: { start, end } }) {
  const path = fileName.replaceAll('\\', '/')
  const lib = path.slice(path.lastIndexOf('/lib/') + 1)
  return [lib, start.line, start.column, end.line, end.column, mutatorName, replacement].join(':')
}

/** A mutant in a result, where lines and columns count from one. */
export function keyOfResult({ location: { start, end }, ...mutant }) {
  const before = ({ line, column }) => ({ line: line - 1, column: column - 1 })
  return keyOf({ ...mutant, location: { start: before(start), end: before(end) } })
}

/** What Stryker is to change: no more than the mutant, since code that is ready for each of its mutants is slow. */
export function rangeOf(key) {
  const [path, startLine, startColumn, endLine, endColumn] = key.split(':')
  return `${path}:${Number(startLine) + 1}:${startColumn}-${Number(endLine) + 1}:${endColumn}`
}

async function listMutants(paths) {
  const sources = paths.map((path) => ({
    name: `/${path}`,
    mutate: true,
    content: readFileSync(path, 'utf8'),
  }))
  const options = { plugins: null, excludedMutations: [], ignorers: [] }
  return (await new Instrumenter(quiet).instrument(sources, options)).mutants
}

/** A linear congruential generator: the same seed draws the same mutants of the same code. */
function drawnBy(seed) {
  let state = Number(seed)
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
}
