// Changes the code of a folder in small ways and says which changes no test notices. Not in CI: minutes to hours.
// Usage: test-mutation.mjs FOLDER|FILE… [--tests PATH…] [--sample N [--seed N]] [--concurrency N]
//   FOLDER        of lib/, as lib/solver/placing or solver/placing
//   --tests       folders or files of tests; default: those named as the folder, and for what these do not notice,
//                 those of the folders that use it
//   --sample      only so many mutants of each folder inside, drawn at random with the seed
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { testsNamedAs, testsOfUsers } from '../test/mutation/choose-tests.mjs'
import { drawMutants, keyOfResult } from '../test/mutation/draw-mutants.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)
const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string', multiple: true },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '1' },
  },
  allowPositionals: true,
})
const folders = positionals.map((path) => (path.startsWith('lib') ? path : join('lib', path)))
const missing = folders.filter((path) => !existsSync(path))
if (folders.length === 0 || missing.length > 0) {
  console.error(
    missing.length > 0
      ? `${missing.join(', ')}: there is no such folder`
      : 'Which folder? For example: npm run test:mutation -- lib/solver/placing',
  )
  process.exit(2)
}

const files = folders.flatMap(listSources)
const drawn =
  values.sample === undefined ? null : await drawMutants(files, Number(values.sample), values.seed)
const tests = values.tests ?? testsNamedAs(folders)
const others = values.tests === undefined ? testsOfUsers(folders) : []
const first = await run(files, tests, drawn)
const left = first.filter(isUnnoticed)
const second =
  others.length > 0 && left.length > 0
    ? await run([...new Set(left.map(pathOf))], others, left.map(keyOfResult))
    : left

for (const folder of new Set(files.map((path) => dirname(path)))) {
  const inFolder = (result) => dirname(pathOf(result)) === folder
  const ran = first.filter(inFolder).filter((result) => isUnnoticed(result) || isNoticed(result))
  const survivors = second.filter(inFolder).filter(isUnnoticed).length
  const share = Math.round((100 * (ran.length - survivors)) / Math.max(1, ran.length))
  console.log(`${folder}: ${ran.length - survivors} of ${ran.length} noticed (${share} %)`)
}

/** Without the mutants that are not to be run. What runs only when a file is loaded is left out. */
async function run(paths, by, keys) {
  process.env.MIG_NVML_MUTATION_TESTS = by.join(',')
  console.log(`${paths.length} files of ${folders.join(', ')} by the tests of ${by.join(', ')}`)
  const stryker = new Stryker({
    mutate: paths,
    testRunner: 'vitest',
    vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
    plugins: ['@stryker-mutator/vitest-runner', './test/mutation/only-drawn.mjs'],
    checkers: keys === null ? [] : ['only-drawn'],
    drawn: keys ?? [],
    coverageAnalysis: 'perTest',
    concurrency: Number(values.concurrency),
    reporters: ['clear-text', 'progress-append-only'],
    clearTextReporter: {
      allowColor: false,
      logTests: false,
      reportTests: false,
      reportScoreTable: false,
    },
    // What it would look for in it is that of an older compiler.
    tsconfigFile: 'none',
    ignorePatterns: ['/prebuilds', '/benchmarks', '/native', '/build/modules'],
    tempDirName: 'build/mutation',
    ignoreStatic: true,
    timeoutMS: 45_000,
    dryRunTimeoutMinutes: 60,
    disableTypeChecks: false,
    warnings: { slow: false, unknownOptions: false },
  })
  return await stryker.runMutationTest().catch((error) => {
    console.error(`${error.message} Is what is built up to date?`)
    process.exit(1)
  })
}

function pathOf({ fileName }) {
  return relative(root, fileName)
}

function isNoticed({ status }) {
  return status === 'Killed' || status === 'Timeout'
}

function isUnnoticed({ status }) {
  return status === 'Survived' || status === 'NoCoverage'
}

function listSources(path) {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(path, name))
    .sort()
}
