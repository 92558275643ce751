// A plan for a cluster of 1,000 nodes with 8 GPUs each and 1,000 pods that wait: time, memory, and how far it is proven.
//   node benchmarks/rebalance.bench.js
import { planRebalance, verifyRebalance } from '../dist/kubernetes.js'
import { drawCluster } from './rebalance/draw-cluster.js'

const cases = {
  'divided by configurations, 95 % in use': { busy: 0.95 },
  'divided on demand, 95 % in use': { busy: 0.95, grown: true },
  'divided by configurations, 80 % in use': { busy: 0.8 },
  'divided by configurations, 95 % in use, pods may move': { busy: 0.95, movable: true },
}
const rows = []
// The tables of a geometry are compiled once in a process.
await planRebalance(drawCluster({ nodeCount: 20, podCount: 20, busy: 0.5, seed: 9 }))
for (const [name, options] of Object.entries(cases)) {
  const problem = drawCluster({ nodeCount: 1000, podCount: 1000, seed: 1, ...options })
  const started = performance.now()
  const plan = await planRebalance(problem, { solver: 'own' })
  const time = performance.now() - started
  const check = verifyRebalance(problem, plan)
  if (!check.valid) throw new Error(check.reason)
  const figures = plan.objective
    .filter(({ name: figure, value }) => value > 0 && figure !== 'lostRoom')
    .map(({ name: figure, value, lowerBound }) => `${figure} ${value} of at least ${lowerBound}`)
  rows.push(
    {
      what: `${name}: time`,
      value: time,
      unit: 'ms',
      bound: 5000,
      reference: figures.join(', '),
    },
    {
      what: `${name}: pods that wait, above their bound`,
      value: plan.objective
        .filter(({ name: figure }) => figure === 'waiting')
        .reduce((sum, { value, lowerBound }) => sum + value - lowerBound, 0),
      unit: '',
    },
  )
}
rows.push({
  what: 'memory of the process, at most',
  value: process.resourceUsage().maxRSS / 1024,
  unit: 'MiB',
  bound: 1024,
})
console.log(JSON.stringify(rows))
