// Runs every benchmark in processes of its own and prints its figures: of several runs the medians, and
// between which values they lay. Names choose some; --json FILE writes them into a file, in which the
// figures of other benchmarks stay: `npm run bench -- calls import --json benchmarks/results.json`.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, release, totalmem } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { json: { type: 'string' }, runs: { type: 'string', default: '3' } },
  allowPositionals: true,
})
const folder = fileURLToPath(new URL('.', import.meta.url))
const all = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.js'))
  .map((file) => basename(file, '.bench.js'))
const unknown = positionals.filter((name) => !all.includes(name))
if (unknown.length > 0) {
  console.error(`there is no benchmark ${unknown}; there are ${all.join(', ')}`)
  process.exit(1)
}

const figures = {}
for (const name of positionals.length === 0 ? all : positionals) {
  const runs = Array.from({ length: Number(values.runs) }, () => run(name))
  if (runs.includes(null)) {
    console.error(`${name}: failed`)
    process.exitCode = 1
    continue
  }
  const rows = runs[0].map((row, position) => summarise(row, runs, position))
  figures[name] = { host: describeHost(), runs: runs.length, rows }
  print(name, rows)
}
if (values.json !== undefined) {
  const known = existsSync(values.json) ? JSON.parse(readFileSync(values.json, 'utf8')) : {}
  writeFileSync(values.json, `${JSON.stringify({ ...known, ...figures }, null, 2)}\n`)
}

/** Its rows; null when it failed. */
function run(name) {
  const { status, stdout } = spawnSync(process.execPath, [`${folder}${name}.bench.js`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  return status === 0 ? JSON.parse(stdout) : null
}

/** `spread`: the lowest and the highest value, where the runs differ. */
function summarise(row, runs, position) {
  if (typeof row.value !== 'number') return row
  const sorted = runs.map((rows) => rows[position].value).sort((a, b) => a - b)
  const spread = [sorted[0], sorted.at(-1)]
  return {
    ...row,
    value: sorted[sorted.length >> 1],
    ...(spread[0] === spread[1] ? {} : { spread }),
  }
}

function describeHost() {
  return {
    cpu: cpus()[0]?.model.trim(),
    cpuCount: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    platform: `${process.platform}-${process.arch} ${release()}`,
    node: process.version,
  }
}

/** Each row: what was measured, the figure, its unit, and where there is one the bound to hold: from above, or `atLeast`. */
function print(name, rows) {
  console.log(`\n${name}`)
  for (const { what, value, spread, unit, bound, atLeast, reference } of rows) {
    const figure = `${short(value)} ${unit ?? ''}`
    const range = spread === undefined ? '' : `  [${spread.map(short).join(' – ')}]`
    const held =
      bound !== undefined
        ? `  ${value <= bound ? 'within' : 'OVER'} ${bound}`
        : atLeast !== undefined
          ? `  ${value >= atLeast ? 'at least' : 'UNDER'} ${atLeast}`
          : ''
    const other = reference === undefined ? '' : `  (${reference})`
    console.log(`  ${what.padEnd(58)} ${figure.padStart(12)}${range}${held}${other}`)
  }
}

function short(value) {
  return typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : value
}
