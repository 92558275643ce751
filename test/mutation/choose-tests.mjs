import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { loads } from './imports.mjs'

/** Folders of tests that use a folder of lib/ through others, beside those of its own name. */
const users = {
  agent: ['cli'],
  cli: [],
  config: ['rights', 'machine', 'cli'],
  containers: ['machine/cdi', 'cli'],
  driver: ['machine', 'rights', 'trust'],
  fleet: [],
  kubernetes: ['agent', 'cli'],
  machine: ['rights', 'trust', 'cli'],
  metrics: ['machine/metrics', 'cli'],
  model: ['config', 'plan', 'machine', 'cli'],
  node: ['cli'],
  plan: ['machine', 'rights', 'cli'],
  render: ['rights', 'cli'],
  simulator: ['driver', 'cli'],
  solver: ['plan', 'fleet'],
  system: ['driver', 'machine', 'trust', 'cli'],
}

/** Half a minute and more each, or long waits, without asking much that the others do not. */
const slow = [
  'test/unit/fleet/small-fleets.test.ts',
  'test/unit/fleet/closed-form.test.ts',
  'test/unit/machine/apply/faults.test.ts',
  'test/unit/machine/apply/slow-calls.test.ts',
  'test/unit/machine/clients/clients.test.ts',
  'test/unit/simulator/calls.test.ts',
]

/** Most mutants need no more than these, and they are fast: tests in the folder with the same name. */
export function testsNamedAs(folder) {
  const inside = relative('lib', folder)
  if (inside.split('/')[0] === 'cli') return testsOfCommands()
  return testsIn(nearest(inside) ?? 'test/unit')
}

/**
 * What these do not notice, random cases may, and the tests of what uses these files: those that load one of them.
 */
export function testsOfUsers(files) {
  if (files.some((path) => path.startsWith('lib/cli/'))) return []
  const own = files.flatMap((path) => testsNamedAs(dirname(path)))
  const names = files.map((path) => relative('lib', path).replace(/\.ts$/, '').split('/')[0])
  const folders = names.flatMap((name) => [
    join('test/unit', name),
    join('test/property', name),
    ...(users[name] ?? []).map((user) => (user === 'cli' ? user : join('test/unit', user))),
  ])
  return [...new Set(folders)]
    .flatMap((folder) => (folder === 'cli' ? testsInProcess() : testsIn(folder)))
    .filter((test, index, all) => all.indexOf(test) === index && !own.includes(test))
    .filter((test) => !slow.includes(test) && loads(test, files))
}

function nearest(inside) {
  for (let path = inside; path !== '.' && path !== ''; path = dirname(path)) {
    const tests = join('test/unit', path)
    if (existsSync(tests)) return tests
  }
  return null
}

/** The whole command line, in processes or not. */
function testsOfCommands() {
  const others = [
    'test/unit/kubernetes/cluster-overview.test.ts',
    'test/unit/node/units.test.ts',
    'test/unit/simulator/folder.test.ts',
  ]
  return [...testsIn('test/cli'), ...testsIn('test/conformance'), ...others]
}

/** The other tests of the command line start processes, which run what is built. */
function testsInProcess() {
  return testsIn('test/cli').filter((path) =>
    /run-in-process\.js|lib\/cli\//.test(readFileSync(path, 'utf8')),
  )
}

function testsIn(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join(folder, name))
    .sort()
}
