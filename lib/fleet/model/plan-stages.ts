import type { FleetPlan } from '../../../types/fleet/moves.js'

/**
 * The stage of each step. Within a stage, a GPU only creates or only destroys instances, and no instance is destroyed in the stage
 * that creates its successor.
 */
export function numberStages({ steps }: Pick<FleetPlan, 'steps'>): readonly number[] {
  const last = new Map<string, { stage: number; kind: string }>()
  const ofMove = new Map<number, number>()
  return steps.map(({ kind, gpu, move, idle }) => {
    // Nothing changes on a GPU of which an idle instance is taken.
    const isTaken = kind === 'create' && idle === true
    const before = isTaken ? undefined : last.get(gpu)
    let stage = before === undefined ? 0 : before.stage + Number(before.kind !== kind)
    if (move !== null) stage = Math.max(stage, (ofMove.get(move) ?? -1) + 1)
    if (!isTaken) last.set(gpu, { stage, kind })
    if (move !== null) ofMove.set(move, stage)
    return stage
  })
}
