import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Folders of tests that use a folder of lib/ through others, beside those of its own name. */
const users = {
  cli: [],
  config: ['machine', 'cli'],
  driver: ['machine', 'rights', 'trust'],
  fleet: [],
  machine: ['rights', 'trust', 'cli'],
  model: ['config', 'plan', 'machine', 'cli'],
  plan: ['machine', 'rights', 'cli'],
  render: ['rights', 'cli'],
  simulator: ['driver', 'cli'],
  solver: ['plan', 'fleet'],
  system: ['driver', 'machine', 'trust'],
}

export function testsNamedAs(folders) {
  return unique(folders.flatMap((folder) => findTests(nameOf(folder))))
}

/** What tests of the name do not notice, those of its users may. */
export function testsOfUsers(folders) {
  const own = testsNamedAs(folders)
  return unique(
    folders.flatMap((folder) => (users[nameOf(folder)] ?? []).flatMap(findTests)),
  ).filter((path) => !own.includes(path))
}

function nameOf(folder) {
  return relative('lib', folder).split('/')[0] ?? ''
}

function findTests(name) {
  if (name === 'cli') return testsInProcess()
  const own = ['test/unit', 'test/property'].map((kind) => join(kind, name)).filter(existsSync)
  return own.length > 0 ? own : ['test/unit']
}

/** The other tests of the command line start processes, which run what is built. */
function testsInProcess() {
  return readdirSync('test/cli')
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test/cli', name))
    .filter((path) => readFileSync(path, 'utf8').includes('./run-in-process.js'))
}

function unique(paths) {
  return [...new Set(paths)]
}
