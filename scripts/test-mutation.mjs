// Changes the code of a folder in small ways and says which changes no test notices. Not in CI: minutes to hours.
// Usage: test-mutation.mjs FOLDER|FILE… [--tests PATH…] [--lines N [--seed N]] [--concurrency N]
//   FOLDER        of lib/, as lib/solver/placing or solver/placing
//   --tests       folders or files of tests; default: those named as the folder, in test/unit and test/property
//   --lines       only so many blocks of ten lines, drawn at random with the seed
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { Stryker } from '@stryker-mutator/core'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
process.chdir(root)
const { values, positionals } = parseArgs({
  options: {
    tests: { type: 'string', multiple: true },
    lines: { type: 'string' },
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
const tests = values.tests ?? [...new Set(folders.flatMap(listTests))]
process.env.MIG_NVML_MUTATION_TESTS = tests.join(',')
console.log(`${files.length} files of ${folders.join(', ')} by the tests of ${tests.join(', ')}`)

const stryker = new Stryker({
  mutate: values.lines === undefined ? files : drawBlocks(files, Number(values.lines)),
  testRunner: 'vitest',
  vitest: { configFile: 'test/mutation/vitest.config.ts', related: false },
  plugins: ['@stryker-mutator/vitest-runner'],
  coverageAnalysis: 'perTest',
  concurrency: Number(values.concurrency),
  reporters: ['clear-text', 'progress-append-only'],
  clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
  // What it would look for in it is that of an older compiler.
  tsconfigFile: 'none',
  ignorePatterns: ['/prebuilds', '/docs', '/benchmarks', '/native', '/build/modules'],
  tempDirName: 'build/mutation',
  ignoreStatic: true,
  timeoutMS: 20_000,
  disableTypeChecks: false,
  warnings: { slow: false },
})
const results = await stryker.runMutationTest().catch((error) => {
  console.error(`${error.message} Is what is built up to date?`)
  process.exit(1)
})

const count = (status) => results.filter((result) => result.status === status).length
const noticed = count('Killed') + count('Timeout')
const survived = count('Survived') + count('NoCoverage')
const share = Math.round((100 * noticed) / Math.max(1, noticed + survived))
console.log(`${folders.join(', ')}: ${noticed} of ${noticed + survived} noticed (${share} %)`)

function listSources(path) {
  if (statSync(path).isFile()) return [path]
  return readdirSync(path, { recursive: true })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => join(path, name))
    .sort()
}

/** What has no tests of its own name is what the tests of others stand on. */
function listTests(folder) {
  const [name] = relative('lib', folder).split('/')
  const own = ['test/unit', 'test/property'].map((kind) => join(kind, name)).filter(existsSync)
  if (name === 'model') return ['test/unit/model', 'test/unit/config']
  return own.length > 0 ? own : ['test/unit']
}

/** Blocks of lines, as Stryker takes them. */
function drawBlocks(paths, most) {
  const blocks = paths.flatMap((path) => {
    const length = readFileSync(path, 'utf8').split('\n').length
    return Array.from({ length: Math.ceil(length / 10) }, (_, index) => ({
      path,
      block: `${path}:${10 * index + 1}-${10 * index + 10}`,
    }))
  })
  let state = Number(values.seed)
  const draw = (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return Math.floor((state / 2 ** 32) * below)
  }
  const drawn = []
  while (drawn.length < most && blocks.length > 0) {
    drawn.push(...blocks.splice(draw(blocks.length), 1).map(({ block }) => block))
  }
  return drawn.sort()
}
