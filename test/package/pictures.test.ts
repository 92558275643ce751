import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]

test('the pictures in docs/pictures are what the library draws', () => {
  const check = [join(root, 'scripts/draw-pictures.mjs'), '--check']
  expect(spawnSync(process.execPath, check, { encoding: 'utf8' })).toMatchObject({
    stderr: '',
    status: 0,
  })
})

test('a page shows every picture, with a description for readers that cannot see it', () => {
  const shown = pages
    .filter((page) => page.endsWith('.md'))
    .flatMap((page) =>
      [...readFileSync(join(root, page), 'utf8').matchAll(/!\[([^\]]*)\]\(([^)]+)\)/g)].map(
        ([, words = '', target = '']) => ({ words, path: join(dirname(page), target) }),
      ),
    )
  for (const { words, path } of shown) {
    expect(words.length, path).toBeGreaterThan(10)
    expect(existsSync(join(root, path)), path).toBe(true)
  }
  const drawn = readdirSync(join(root, 'docs/pictures')).map((name) => `docs/pictures/${name}`)
  expect(drawn.filter((path) => !shown.some((each) => each.path === path))).toEqual([])
})
