// Writes the figures of benchmarks/results.json into the pages, each table between the marks
// `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. With --check it only says which are not up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { regionText } from '../benchmarks/tables/markdown.js'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const results = JSON.parse(readFileSync(join(root, 'benchmarks/results.json'), 'utf8'))
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
const region = /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench:\2 -->)/g

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  const text = readFileSync(join(root, page), 'utf8')
  const written = text.replaceAll(
    region,
    (_, begin, name, end) => begin + regionText(name, results) + end,
  )
  if (written === text) continue
  if (process.argv.includes('--check')) {
    console.error(
      `${page}: its tables are not those of benchmarks/results.json: npm run bench:tables`,
    )
    process.exitCode = 1
  } else writeFileSync(join(root, page), written)
}
