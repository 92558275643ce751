// W13: layouts that follow demand. Pods arrive at some nodes, wait for a while, run, and end. It measures which part of them starts, and how long
// these have waited: with static layouts, with an instance made for each pod where the scheduler's first device lies, and with `planRebalance`.
//   node benchmarks/fleet/w13-rebalance.js [--nodes 8] [--gpus 2] [--pods 1000] [--load 0.9] [--mix migbench …]
// Time is in minutes. The mean stay is 60, patience 30; layouts are planned anew each minute, and a change is in effect 1 later.
// test/cluster/agent/rebalance-trace.test.ts has such pods in a real cluster.
import { parseArgs } from 'node:util'
import { drawPods, patience } from './pod-trace.js'
import { replayPolicies } from './trace-policies.js'
import { mixes } from './w3-online.js'

export async function measureRebalance({
  nodes = 8,
  gpus = 2,
  podCount = 1000,
  load = 0.9,
  names = Object.keys(mixes),
  seed = 1,
} = {}) {
  const rows = []
  for (const mix of names) {
    const pods = drawPods({ pods: podCount, load, gpus: nodes * gpus, mix: mixes[mix], seed })
    const found = await replayPolicies(pods, { nodes, gpus, patience, changeTakes: 1 })
    rows.push(...found.map((row) => ({ mix, ...row })))
  }
  return rows
}

if (process.argv[1] === import.meta.filename) {
  const { values } = parseArgs({
    options: {
      nodes: { type: 'string', default: '8' },
      gpus: { type: 'string', default: '2' },
      pods: { type: 'string', default: '1000' },
      load: { type: 'string', default: '0.9' },
      seed: { type: 'string', default: '1' },
      mix: { type: 'string', multiple: true, default: Object.keys(mixes) },
    },
  })
  const { nodes, gpus, pods, load, seed } = values
  const rows = await measureRebalance({
    nodes: Number(nodes),
    gpus: Number(gpus),
    podCount: Number(pods),
    load: Number(load),
    seed: Number(seed),
    names: values.mix,
  })
  for (const { mix, policy, share, mean, p95 } of rows) {
    const waits =
      mean === undefined ? '' : `mean wait ${mean.toFixed(1)} min, 95 % ${p95.toFixed(1)} min`
    console.log(`${mix.padEnd(11)} ${share.toFixed(3)}  ${policy}  ${waits}`)
  }
}
