// The regions of the pages, as Markdown.
import { readFileSync } from 'node:fs'
import { crossTable } from './cross-table.js'
import { fillIn } from './fill-in.js'
import { rowsOf, tables } from './list.js'
import { listTable } from './list-table.js'

/** Tables of words with figures among them. */
const filledIn = ['comparison', 'chosen']

export function regionText(name, results) {
  if (filledIn.includes(name))
    return fillIn(readFileSync(new URL(`${name}.md`, import.meta.url), 'utf8'), results)
  if (name === 'origin') return origin(results)
  const table = tables[name]
  if (table === undefined) throw new Error(`no table is called ${name}: benchmarks/tables/list.js`)
  const rows = rowsOf(table, results)
  const cells = table.shape === 'list' ? listTable(rows, table) : crossTable(rows, table)
  return `${markdown(cells)}\n`
}

/** Where the figures are from; benchmarks that were recorded together are one line. */
function origin(results) {
  const together = new Map()
  for (const [name, measured] of Object.entries(results)) {
    const line = originLine(measured)
    const key = JSON.stringify(line)
    together.set(key, { line, names: [...(together.get(key)?.names ?? []), `\`${name}\``] })
  }
  const lines = [...together.values()].map(({ line, names }) => [names.join(', '), ...line])
  return `${markdown([['benchmarks', 'measured', 'mig-nvml', 'on', 'with'], ...lines])}\n`
}

function originLine({ date, host, versions, runs }) {
  const { 'mig-nvml': own, revision, compiler, ...others } = versions
  const peers = Object.entries(others)
    .filter(([, version]) => version !== null)
    .map(([name, version]) => `${name} ${version.replace(/^v/, '')}`)
  return [
    `${date}, ${runs} ${runs === 1 ? 'run' : 'runs'}`,
    `${own}${revision === null ? '' : ` (${revision})`}`,
    `${host.cpu}, ${host.cores} cores, ${Math.round(host.memoryMiB / 1024)} GiB; ${host.os}`,
    [`Node ${host.node.slice(1)}`, ...peers, ...(compiler === null ? [] : [compiler])].join(', '),
  ]
}

function markdown([head, ...lines]) {
  return [head, head.map(() => '---'), ...lines]
    .map((cells) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`)
    .join('\n')
}
