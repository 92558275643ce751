import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const filesIn = (folder: string, end: string): readonly string[] =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith(end))
    .map((name) => join(folder, name))

const contract = filesIn('types', '.d.ts')
const sources = filesIn('lib', '.ts').map(read).join('\n')
const pages = filesIn('docs', '.md').map(read).join('\n')

/** What a program can import, types left out, by entry. */
const entries = {
  'mig-nvml': await import('../../../lib/index.js'),
  'mig-nvml/nvml': await import('../../../lib/nvml.js'),
  'mig-nvml/simulator': await import('../../../lib/simulator.js'),
  'mig-nvml/solver': await import('../../../lib/solver.js'),
  'mig-nvml/fleet': await import('../../../lib/fleet.js'),
  'mig-nvml/kubernetes': await import('../../../lib/kubernetes.js'),
  'mig-nvml/config': await import('../../../lib/config.js'),
  'mig-nvml/agent': await import('../../../lib/agent.js'),
  'mig-nvml/node': await import('../../../lib/node.js'),
  'mig-nvml/containers': await import('../../../lib/containers.js'),
}

test.each(contract)('every declaration in %s says what it is', (file) => {
  const undocumented = read(file)
    .split('\n')
    .flatMap((line, index, lines) =>
      /^(export )?(declare |interface |type )/.test(line) && lines[index - 1]?.trim() !== '*/'
        ? lines[index - 1]?.endsWith(' */') || /^export type \{|^import/.test(line)
          ? []
          : [line]
        : [],
    )
  expect(undocumented).toEqual([])
})

test('every file of the contract is exported by an entry point, or by another file of the contract', () => {
  const doors = filesIn('lib', '.ts').filter((file) => dirname(file) === 'lib')
  const exported = [...doors, ...contract].flatMap((file) =>
    [...read(file).matchAll(/^export [^']*? from '([^']+)\.js'/gm)].map(([, path = '']) =>
      join(dirname(file), `${path}.d.ts`),
    ),
  )
  const missing = contract.filter((file) => !exported.includes(file))
  expect(missing).toEqual([])
})

test('docs/api.md links to every file of the contract', () => {
  const page = read('docs/api.md')
  expect(contract.filter((file) => !page.includes(`(../${file})`))).toEqual([])
})

test('docs/api.md names every option of the functions, and of the pictures', () => {
  const page = read('docs/api.md')
  const files = ['options', 'hold', 'checkpoint', 'watch', 'render']
  const options = files
    .map((file) => read(`types/machine/${file}.d.ts`))
    .flatMap((text) => [...text.matchAll(/^export interface \w*Options\b[^{]*\{\n([\s\S]*?)^\}/gm)])
    .flatMap(([, body = '']) => [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)])
    .map(([, name = '']) => name)
  expect(options.length).toBeGreaterThan(20)
  expect(options.filter((name) => !page.includes(`\`${name}\``))).toEqual([])
})

describe.each(Object.entries(entries))('%s', (entry, exported) => {
  test.each(Object.keys(exported))(
    'the export %s is described in the docs, and documented at its declaration',
    (name) => {
      expect(pages).toMatch(
        new RegExp(`\`${name}\\b|import \\{[^}]*\\b${name}\\b[^}]*\\} from '${entry}'`),
      )
      const place = `(?:async )?(?:function\\*?|class) ${name}\\b`
      const renamed = new RegExp(`export \\{ (\\w+) as ${name} \\}`).exec(sources)?.[1]
      const documented = new RegExp(
        `\\*/\\nexport ${place}${renamed === undefined ? '' : `|\\*/\\nexport (?:async )?function ${renamed}\\b`}`,
      )
      expect(sources).toMatch(documented)
    },
  )
})
