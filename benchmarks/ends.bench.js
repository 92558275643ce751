// W11, also a program of its own in fleet/. Seeds decide it, no clock.

import { isFirstRun } from './first-run.js'
import { measureEnds } from './fleet/w11-ends.js'

const size = { arrivals: 30_000, seedCount: 3, workUnits: 2_000_000 }
console.log(JSON.stringify(isFirstRun ? await measureEnds(size) : []))
