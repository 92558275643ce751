// Changes the code of a folder in small ways and says which changes no test notices. Not in CI: minutes to hours.
// Usage: test-mutation.mjs FOLDER|FILE|FILE:FROM-TO… [--tests PATH…] [--own] [--sample N [--seed N]] [--concurrency N]
//   FOLDER        of lib/, as lib/solver/placing or solver/placing; FROM-TO are lines of a file
//   --tests       folders or files of tests; default: those named as the folder, and for what these do not notice,
//                 those of what uses it
//   --own         without those of what uses it
//   --sample      only so many mutants of each folder inside, drawn at random with the seed
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'
import { testsNamedAs, testsOfUsers } from '../test/mutation/choose-tests.mjs'
import { drawMutants, keyOfResult, rangeOf } from '../test/mutation/draw-mutants.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)
const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string', multiple: true },
    own: { type: 'boolean', default: false },
    sample: { type: 'string' },
    seed: { type: 'string', default: '1' },
    concurrency: { type: 'string', default: '1' },
  },
  allowPositionals: true,
})
const onlyDrawn = './test/mutation/only-drawn.mjs'
const byVitest = {
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner', onlyDrawn],
  coverageAnalysis: 'perTest',
  ignoreStatic: true,
}
const byProcesses = {
  testRunner: 'command',
  commandRunner: { command: 'node test/mutation/by-processes.mjs' },
  buildCommand: 'node test/mutation/build-copy.mjs',
  plugins: [onlyDrawn],
  coverageAnalysis: 'off',
}
const given = positionals.map((path) => (path.startsWith('lib') ? path : join('lib', path)))
const missing = [...given.map(withoutLines), ...(values.tests ?? [])].filter(
  (path) => !existsSync(path),
)
if (given.length === 0 || missing.length > 0) {
  console.error(
    missing.length > 0
      ? `${missing.join(', ')}: there is no such file or folder`
      : 'Which folder? For example: npm run test:mutation -- lib/solver/placing',
  )
  process.exit(2)
}

const groups = new Map()
for (const path of given.flatMap(listSources)) {
  const tests = values.tests ?? testsNamedAs(dirname(path))
  const group = groups.get(tests.join()) ?? { tests, files: [] }
  group.files.push(path)
  groups.set(tests.join(), group)
}
for (const { tests, files } of groups.values()) await tryFiles(files, tests)

/** The fast tests first; what these do not notice is shown to the others. */
async function tryFiles(files, tests) {
  const drawn =
    values.sample === undefined
      ? null
      : await drawMutants(files.map(withoutLines), Number(values.sample), values.seed)
  if (drawn?.length === 0) return
  const first = await run(files, tests, drawn)
  let left = first.filter(isUnnoticed)
  if (!values.own && values.tests === undefined && left.length > 0) {
    const paths = [...new Set(left.map(pathOf))]
    const others = testsOfUsers(paths)
    if (others.length > 0)
      left = (await run(paths, others, left.map(keyOfResult))).filter(isUnnoticed)
  }
  for (const folder of new Set(files.map((path) => dirname(path)))) {
    const inFolder = (result) => dirname(pathOf(result)) === folder
    const ran = first
      .filter(inFolder)
      .filter((result) => isUnnoticed(result) || isNoticed(result)).length
    const noticed = ran - left.filter(inFolder).length
    const share = Math.round((100 * noticed) / Math.max(1, ran))
    console.log(`${folder}: ${noticed} of ${ran} noticed (${share} %)`)
  }
}

/** Only the mutants with these keys; null: all. What runs only when a file is loaded is left out. */
async function run(paths, by, keys) {
  process.env.MIG_NVML_MUTATION_TESTS = by.join(',')
  console.log(`${paths.length} files, from ${paths[0]}, by ${by.length} tests, from ${by[0]}`)
  const stryker = new Stryker({
    mutate: keys === null ? paths : keys.map(rangeOf),
    ...(needsProcesses(paths) ? byProcesses : byVitest),
    checkers: keys === null ? [] : ['only-drawn'],
    drawn: keys ?? [],
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
    // A busy machine must not pass for a test that hangs.
    timeoutMS: 60_000,
    dryRunTimeoutMinutes: 60,
    disableTypeChecks: false,
    warnings: { slow: false, unknownOptions: false },
  })
  return await stryker.runMutationTest().catch((error) => {
    console.error(`${error.message} Is what is built up to date?`)
    process.exit(1)
  })
}

/** The command line is tested as it runs: what is built, in a process. */
function needsProcesses(paths) {
  return paths.some((path) => path.startsWith('lib/cli/'))
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

function withoutLines(path) {
  return path.replace(/:\d+-\d+$/, '')
}

function listSources(path) {
  if (statSync(withoutLines(path)).isFile()) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(path, name))
    .sort()
}
