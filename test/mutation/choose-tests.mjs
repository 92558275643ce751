import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'

/** Folders of tests that use a folder of lib/ through others, beside those of its own name. */
const users = {
  cli: [],
  config: ['rights', 'machine', 'cli'],
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

/** Most mutants need no more than these, and they are fast. */
export function testsNamedAs(folders) {
  return unique(folders.flatMap((folder) => unitTests(nameOf(folder))))
}

/** What these do not notice, random cases may, and the tests of what uses the folder. */
export function testsOfUsers(folders) {
  const own = testsNamedAs(folders)
  return unique(
    folders
      .map(nameOf)
      .flatMap((name) => [
        ...[join('test/property', name)].filter(existsSync),
        ...(users[name] ?? []).flatMap(unitTests),
      ]),
  ).filter((path) => !own.includes(path))
}

function nameOf(folder) {
  return relative('lib', folder).split('/')[0] ?? ''
}

function unitTests(name) {
  if (name === 'cli') return testsInProcess()
  const own = join('test/unit', name)
  return existsSync(own) ? [own] : ['test/unit']
}

/** The other tests of the command line start processes, which run what is built. */
function testsInProcess() {
  return readdirSync('test/cli')
    .filter((name) => name.endsWith('.test.ts'))
    .map((name) => join('test/cli', name))
    .filter((path) => /run-in-process\.js|lib\/cli\//.test(readFileSync(path, 'utf8')))
}

function unique(paths) {
  return [...new Set(paths)]
}
