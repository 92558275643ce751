// The fleet's workloads, each also a program of its own in fleet/, which takes options for its size.
import { isFirstRun } from './first-run.js'
import { measureDraining } from './fleet/draining.js'
import { measurePacking } from './fleet/w2-pack.js'
import { measureOnline } from './fleet/w3-online.js'
import { measureLargeRoom } from './fleet/w4-large.js'
import { measureMoves } from './fleet/w4-moves.js'
import { measureCompaction } from './fleet/w5-compaction.js'
import { measureInference } from './fleet/w6-inference.js'
import { measureQueue } from './fleet/w7-queue.js'
import { measureTrace } from './fleet/w8-trace.js'
import { measureMixed } from './fleet/w9-mixed.js'
import { measureDecisions } from './fleet/w10-decision.js'

const rows = [
  ...(await measurePacking()),
  // Seeds decide these, no clock, but for how long one makeRoom takes.
  ...(isFirstRun ? [...measureOnline(), ...measureMoves(), ...measureQueue()] : []),
  ...measureLargeRoom(),
  ...(await measureCompaction()),
  ...(await measureDraining()),
  ...(await measureInference()),
  ...(await measureTrace()),
  ...(await measureMixed()),
  ...measureDecisions(),
]
console.log(JSON.stringify(rows))
