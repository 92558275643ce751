// Runs every benchmark in processes of its own and prints its figures: of several runs the medians, and
// between which values they lay. Names choose some; --json FILE writes them into a file, in which the
// figures of other benchmarks stay: `npm run bench -- calls import --json benchmarks/results.json`.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeHost, readVersions } from './record/origin.js'
import { summarise } from './record/rows.js'
import { boundText, figureText, spreadText } from './record/text.js'

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const folder = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.js'))
  .map((file) => basename(file, '.bench.js'))
const unknown = positionals.filter((name) => !all.includes(name))
const runs = Number(values.runs)
if (unknown.length > 0 || !(Number.isInteger(runs) && runs > 0)) {
  console.error(`usage: npm run bench -- [NAME…] [--json FILE] [--runs N], of ${all.join(', ')}`)
  process.exit(2)
}

const versions = await readVersions()
const host = describeHost()
for (const name of positionals.length === 0 ? all : positionals) {
  const started = Date.now()
  const measured = Array.from({ length: runs }, (_, number) => measure(name, number))
  if (measured.includes(null)) {
    console.error(`${name}: FAILED`)
    process.exitCode = 1
    continue
  }
  const rows = summarise(measured)
  print(name, rows, Math.round((Date.now() - started) / 1000))
  if (values.json !== undefined) {
    const date = new Date(started).toISOString().slice(0, 10)
    record(values.json, name, { date, host, versions, runs, rows })
  }
}

/** Its rows; null when it failed. */
function measure(name, number) {
  const { status, stdout } = spawnSync(process.execPath, [`${folder}${name}.bench.js`, number], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
    maxBuffer: 64 << 20,
  })
  return status === 0 ? JSON.parse(stdout) : null
}

function print(name, rows, seconds) {
  console.log(`\n${name} (${seconds} s)`)
  for (const row of rows) {
    if (row.skipped !== undefined) {
      console.log(`  ${row.what.padEnd(58)} SKIPPED: ${row.skipped}`)
      continue
    }
    const beside = Object.entries(row.beside ?? {}).map(
      ([who, figure]) =>
        `${who} ${figure === null ? 'SKIPPED' : figureText(figure.median, row.unit)}`,
    )
    const notes = [spreadText(row), boundText(row), ...beside, row.reference ?? '']
    const figure = figureText(row.median, row.unit).padStart(12)
    console.log(
      `  ${row.what.padEnd(58)} ${figure}  ${notes.filter((text) => text !== '').join('; ')}`,
    )
  }
}

/** After each benchmark, so that one that fails later takes nothing with it. */
function record(file, name, measured) {
  const known = existsSync(file) ? JSON.parse(readFileSync(file, 'utf8')) : {}
  const entries = Object.entries({ ...known, [name]: measured })
  const kept = entries.filter(([each]) => all.includes(each)).sort(([a], [b]) => (a < b ? -1 : 1))
  const text = JSON.stringify(Object.fromEntries(kept), null, 2)
  // Pairs on one line, as the formatter has them.
  const pairs = /\[\s+([^\s,[\]]+),\s+([^\s,[\]]+)\s+\]/g
  writeFileSync(file, `${text.replaceAll(pairs, '[$1, $2]')}\n`)
}
