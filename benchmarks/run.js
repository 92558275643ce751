// Runs every benchmark in a process of its own and prints its figures; with --json, one JSON object.
// Names on the command line choose some: `npm run bench -- calls import`.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const { values, positionals } = parseArgs({
  options: { json: { type: 'boolean' } },
  allowPositionals: true,
})
const folder = fileURLToPath(new URL('.', import.meta.url))
const names = readdirSync(folder)
  .filter((file) => file.endsWith('.bench.js'))
  .map((file) => basename(file, '.bench.js'))
  .filter((name) => positionals.length === 0 || positionals.includes(name))

const results = {
  node: process.version,
  platform: `${process.platform}-${process.arch}`,
  cpu: cpus()[0]?.model.trim(),
  figures: {},
}
let failed = false
for (const name of names) {
  const { status, stdout } = spawnSync(process.execPath, [`${folder}${name}.bench.js`], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  if (status !== 0) {
    console.error(`${name}: failed`)
    failed = true
    continue
  }
  const rows = JSON.parse(stdout)
  results.figures[name] = rows
  if (!values.json) print(name, rows)
}
if (values.json) console.log(JSON.stringify(results, null, 2))
process.exitCode = failed ? 1 : 0

/** Each row: what was measured, the figure, its unit, and where there is one the bound to hold: from above, or `atLeast`. */
function print(name, rows) {
  console.log(`\n${name}`)
  for (const { what, value, unit, bound, atLeast, reference } of rows) {
    const figure = `${typeof value === 'number' && !Number.isInteger(value) ? value.toFixed(2) : value} ${unit ?? ''}`
    const held =
      bound !== undefined
        ? `  ${value <= bound ? 'within' : 'OVER'} ${bound}`
        : atLeast !== undefined
          ? `  ${value >= atLeast ? 'at least' : 'UNDER'} ${atLeast}`
          : ''
    const other = reference === undefined ? '' : `  (${reference})`
    console.log(`  ${what.padEnd(58)} ${figure.padStart(12)}${held}${other}`)
  }
}
