// Runs the tests of the command line, of which many are processes that run dist/: Stryker's command runner calls this in its copy,
// with the number of the mutant in the environment, which every process takes over. The first call is without a mutant: it
// notes which file of tests reaches which mutant.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { reachedFolder } from './note-reached.mjs'

/** What nearly every test reaches would take minutes. */
const mostMs = 120_000
const report = join(reachedFolder, '../report.json')
const mutant = process.env['__STRYKER_ACTIVE_MUTANT__']
if (mutant === undefined) {
  mkdirSync(reachedFolder, { recursive: true })
  process.exitCode = runTests(
    process.env['MIG_NVML_MUTATION_TESTS'].split(','),
    ...['--reporter=default', '--reporter=json', `--outputFile=${report}`],
  )
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'))
  const durations = testResults.map(({ name, startTime, endTime }) => [name, endTime - startTime])
  writeFileSync(report, JSON.stringify(Object.fromEntries(durations)))
} else {
  // One at a time, because the first that notices is enough.
  let left = mostMs
  const isNoticed = testsThatReach(mutant).some(({ test, ms }) => {
    left -= ms
    return left > 0 && runTests([test], '--bail=1') !== 0
  })
  process.exitCode = isNoticed ? 1 : 0
}

/** First those that take little time and reach few mutants, so that they are about these. */
function testsThatReach(mutant) {
  const durations = JSON.parse(readFileSync(report, 'utf8'))
  return readdirSync(reachedFolder)
    .map((name) => {
      const test = Buffer.from(name, 'base64url').toString()
      const reached = readFileSync(join(reachedFolder, name), 'utf8').split('\n')
      return { test, reached, ms: durations[test] ?? 0 }
    })
    .filter(({ reached }) => reached.includes(mutant))
    .sort((a, b) => a.ms * a.reached.length - b.ms * b.reached.length)
}

function runTests(paths, ...options) {
  const vitest = join(import.meta.dirname, '../../node_modules/vitest/vitest.mjs')
  const config = join(import.meta.dirname, 'by-processes.config.ts')
  const { status } = spawnSync(
    process.execPath,
    [vitest, 'run', '--config', config, ...options, ...paths],
    { stdio: 'inherit' },
  )
  return status ?? 1
}
