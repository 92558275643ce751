// Writes the figures of benchmarks/results.json into the pages, each table between the marks
// `<!-- bench:NAME -->` and `<!-- /bench:NAME -->`. With --check it only says which are not up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const results = JSON.parse(readFileSync(join(root, 'benchmarks/results.json'), 'utf8'))
const pages = ['README.md', ...readdirSync(join(root, 'docs')).map((name) => `docs/${name}`)]
const region = /(<!-- bench:([\w-]+) -->\n)[\s\S]*?(<!-- \/bench:\2 -->)/g

for (const page of pages.filter((name) => name.endsWith('.md'))) {
  const text = readFileSync(join(root, page), 'utf8')
  const written = text.replaceAll(region, (_, begin, name, end) => begin + tableOf(name) + end)
  if (written === text) continue
  if (process.argv.includes('--check')) {
    console.error(
      `${page}: its tables are not those of benchmarks/results.json: npm run bench:tables`,
    )
    process.exitCode = 1
  } else writeFileSync(join(root, page), written)
}

function tableOf(name) {
  const measured = results[name]
  if (measured === undefined) throw new Error(`benchmarks/results.json has no figures of ${name}`)
  const { host, rows, runs } = measured
  const withOther = rows.some(({ reference }) => reference !== undefined)
  const head = ['', 'median', 'of the runs', ...(withOther ? ['others'] : [])]
  const lines = rows.map(({ what, value, spread, unit, reference }) => [
    what.replaceAll('|', '\\|'),
    `${short(value)} ${unit ?? ''}`.trim(),
    spread === undefined ? '' : spread.map(short).join(' – '),
    ...(withOther ? [reference ?? ''] : []),
  ])
  const table = [head, head.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`)
  const where = `${runs} runs, ${host.cpu}, ${host.cpuCount} CPUs, Node ${host.node.slice(1)}`
  return `${table.join('\n')}\n\n${where}. \`npm run bench -- ${name}\`\n`
}

function short(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toPrecision(3) : value
}
