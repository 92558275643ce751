// The parts of lib/fleet, each standing on those before it:
//
//   model     what callers give, checked and as numbers: models (geometries), GPUs with their states, requests
//   program   linear programs, the prices that they give, and what whole-number prices prove
//   pack      packFleet and verifyBound: requests and GPUs in groups, a program over classes, names at the end
//   layouts   every layout of a model by number, and for each profile a ranking of the layouts that take it
//   policy    what ranks layouts: scores, simulated arrivals, and the search for a better policy
//   hindsight the look back of a fleet: what free moves would have accepted, a bound, and verifyRegret
//   online    createFleet: what each GPU holds now, counted by layout so that a decision takes microseconds
//   moves     makeRoom (room), compactFleet and drainGpus (compact), plans as steps and configurations,
//             and verifyPlan (verify), which checks an answer without the search that found it
//
// `docs/internals.md` has a glossary of the words.
export type * from '../types/fleet/certificates.js'
export type * from '../types/fleet/moves.js'
export type * from '../types/fleet/online.js'
export type * from '../types/fleet/pack.js'
export type * from '../types/fleet/proof.js'
export type * from '../types/fleet/regret.js'
export { verifyRegret } from './fleet/hindsight/verify-regret.js'
export { compactFleet } from './fleet/moves/compact/compact-fleet.js'
export { drainGpus } from './fleet/moves/compact/drain-gpus.js'
export { configureNodes } from './fleet/moves/configure-nodes.js'
export { joinCompactions } from './fleet/moves/join-compactions.js'
export { makeRoom } from './fleet/moves/room/make-room.js'
export { splitFleet } from './fleet/moves/split-fleet.js'
export { splitFleetPlan } from './fleet/moves/split-plan.js'
export { verifyPlan } from './fleet/moves/verify/verify-plan.js'
export { createFleet } from './fleet/online/create-fleet.js'
export { mergeSnapshot } from './fleet/online/merge-snapshot.js'
export { joinPackings } from './fleet/pack/join-packings.js'
export { packFleet } from './fleet/pack/pack-fleet.js'
export { splitPacking } from './fleet/pack/split-packing.js'
export { verifyBound } from './fleet/pack/verify-bound.js'
