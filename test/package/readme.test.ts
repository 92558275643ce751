import { execFileSync, spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(root, 'build/readme-'))
const tsc = join(root, 'node_modules/.bin/tsc')

function blocks(file: string, language: string): string[] {
  const text = readFileSync(join(root, file), 'utf8')
  return [...text.matchAll(new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\``, 'gm'))].map(
    (match) => match[1] ?? '',
  )
}

beforeAll(() => {
  mkdirSync(join(folder, 'node_modules'))
  symlinkSync(root, join(folder, 'node_modules/mig-nvml'))
  symlinkSync(join(root, 'examples'), join(folder, 'examples'))
  writeFileSync(join(folder, 'package.json'), '{"type":"module","private":true}')
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const pages = readdirSync(join(root, 'docs'))
  .filter((name) => name.endsWith('.md'))
  .map((name) => `docs/${name}`)

describe.each(['README.md', ...pages].filter((page) => blocks(page, '[jt]s').length > 0))(
  '%s',
  (page) => {
    const name = page.replaceAll(/\W/g, '-')

    test.each(blocks(page, 'ts').map((program, index) => [index + 1, program] as const))(
      'program %i compiles as a user would compile it, and runs',
      (index, program) => {
        const file = `${name}-${index}`
        writeFileSync(join(folder, `${file}.ts`), program)
        writeFileSync(join(folder, 'tsconfig.json'), JSON.stringify(projectOf(file)))
        run(tsc, ['-p', folder])
        run(process.execPath, [`${file}.js`])
      },
    )

    test.each(blocks(page, 'js').map((program, index) => [index + 1, program] as const))(
      'plain program %i runs',
      (index, program) => {
        writeFileSync(join(folder, `${name}-plain-${index}.js`), program)
        run(process.execPath, [`${name}-plain-${index}.js`])
      },
    )
  },
)

function projectOf(name: string): object {
  return {
    compilerOptions: {
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2023', 'esnext.disposable'],
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes: true,
      types: ['node'],
      typeRoots: [join(root, 'node_modules/@types')],
    },
    files: [`${name}.ts`],
  }
}

/** Fails with what the command printed. */
function run(command: string, args: readonly string[]): void {
  const { status, stdout, stderr } = spawnSync(command, args, { cwd: folder, encoding: 'utf8' })
  expect(`${stdout}${stderr}`.slice(0, status === 0 ? 0 : undefined)).toBe('')
}

test('the README’s first program prints what the README says', () => {
  const [program = ''] = blocks('README.md', 'ts')
  writeFileSync(join(folder, 'first.js'), program)
  const printed = execFileSync(process.execPath, ['first.js'], { cwd: folder, encoding: 'utf8' })
  expect(printed).toBe(blocks('README.md', 'text')[0])
})

test('the README names only commands that exist', () => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>
  }
  const named = blocks('README.md', 'sh').join('\n')
  for (const [, script] of named.matchAll(/npm run (\S+)/g))
    expect(scripts).toHaveProperty([script ?? ''])
})
