// The first answer of this process: what it takes of the processor and of the clock, from the import on, in milliseconds.
//   node benchmarks/fleet/first-answer.js pack|place|import [PACKAGE]
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

const model = 'A100-SXM4-80GB'
const names = ['1g.10gb', '1g.20gb', '2g.20gb', '3g.40gb', '4g.40gb', '7g.80gb']
const [, , question, folder = resolve(import.meta.dirname, '../..')] = process.argv

const before = process.cpuUsage()
const start = performance.now()
const { createFleet, packFleet } = await import(pathToFileURL(`${folder}/dist/fleet.js`).href)
const { gpus } = await ask()
const cpu = process.cpuUsage(before)
console.log(
  JSON.stringify({ cpu: (cpu.user + cpu.system) / 1000, wall: performance.now() - start, gpus }),
)

function ask() {
  if (question === 'import') return {}
  if (question === 'place') {
    const fleet = createFleet({ gpus: [{ id: 'a', model, node: 'one', count: 8 }] })
    return { gpus: fleet.place({ profile: '1g.10gb' }).placements.length }
  }
  const requests = names.map((profile) => ({ profile, count: 800 }))
  const problem = { requests, gpus: [{ id: 'g', model, count: 5000 }] }
  return packFleet(problem, { names: false }).then(({ objective }) => objective)
}
