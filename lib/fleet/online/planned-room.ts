import type { FleetInstance } from '../../../types/fleet/pack.js'
import { setCordon } from './fleet-members.js'
import type { FleetState, Holding, OnlineGpu } from './fleet-state.js'
import { noteChange } from './gpu-groups.js'
import { makeHolding, occupy, vacate } from './holding.js'
import { isFree } from './pool-capacity.js'
import { layoutAfter, layoutOf, type PlannedStep } from './read-plan.js'

type Place = Pick<Holding, 'gpu' | 'place'>

/** What a plan that is carried out keeps in the fleet: room, instances that no request holds, and closed GPUs. */
export interface PlannedRoom {
  /** Keeps the idle instances of these steps from everybody else. They stay on their GPUs until a step clears them. */
  readonly claimIdle: (steps: readonly PlannedStep[]) => void
  /** Keeps what the steps that are left still need. */
  readonly claim: (left: readonly PlannedStep[]) => void
  /** The new instance of a step exists from now on, in the room that was kept for it. */
  readonly create: (step: PlannedStep) => void
  /** Nothing is kept for the step any more. */
  readonly drop: (step: PlannedStep) => void
  /** The idle instance of the step is no longer there. */
  readonly clearIdle: (step: PlannedStep) => void
  /** Keeps the instance that a move has left, until `clear`. */
  readonly keep: (move: number, at: Place) => void
  readonly clear: (move: number) => void
  readonly clearAll: () => void
  /** What `act` returns while this plan does not keep the GPU closed. */
  readonly whileOpen: <T>(gpu: OnlineGpu, act: () => T) => T
}

export function createPlannedRoom({ planned, closed, gpuByName }: FleetState): PlannedRoom {
  /** By step: what keeps an idle instance, and the instance as it was. */
  const ofIdle = new Map<number, { readonly kept: Holding; readonly idle: Holding }>()
  const ofSteps = new Map<number, Holding>()
  const ofMoves = new Map<number, Holding>()
  const closedHere = new Set<OnlineGpu>()

  const enter = (at: Place, kind: NonNullable<FleetInstance['plan']>): Holding => {
    const holding = makeHolding(at, null, { asked: null, stay: null }, { pinned: true })
    occupy(holding)
    planned.set(holding, kind)
    return holding
  }
  const remove = (kept: Map<number, Holding>, key: number): void => {
    const holding = kept.get(key)
    kept.delete(key)
    // It is planned no more if its GPU has left the fleet.
    if (holding !== undefined && planned.delete(holding)) vacate(holding)
  }
  /** The idle instance is as before, or it is cleared. */
  const giveIdle = (number: number, isCleared: boolean): void => {
    const found = ofIdle.get(number)
    ofIdle.delete(number)
    if (found === undefined || !planned.delete(found.kept)) return
    vacate(found.kept)
    if (!isCleared) occupy(found.idle)
  }
  const open = (gpu: OnlineGpu): void => {
    closedHere.delete(gpu)
    const isCordoned = closed.get(gpu)
    closed.delete(gpu)
    if (isCordoned !== undefined) setCordon(gpu, isCordoned)
  }
  const close = (gpu: OnlineGpu): void => {
    if (closedHere.has(gpu) || gpuByName.get(gpu.name) !== gpu) return
    closedHere.add(gpu)
    closed.set(gpu, gpu.cordoned)
    setCordon(gpu, true)
  }

  return {
    claimIdle: (steps) => {
      for (const { number, idle } of steps) {
        if (idle === null) continue
        vacate(idle)
        ofIdle.set(number, { kept: enter(idle, 'instance'), idle })
      }
    },
    claim: (left) => {
      const coming = new Map<OnlineGpu, PlannedStep[]>()
      for (const step of left) {
        if (step.kind !== 'create' || step.idle !== null || ofSteps.has(step.number)) continue
        coming.set(step.gpu, [...(coming.get(step.gpu) ?? []), step])
      }
      for (const gpu of closedHere) if (!coming.has(gpu)) open(gpu)
      for (const [gpu, steps] of coming) {
        let layout = layoutOf(gpu)
        for (const { place } of steps) layout = layoutAfter(gpu, layout, 'create', place)
        // A part of the room would not do for every step to come, so nothing else may come here meanwhile.
        if (layout < 0) close(gpu)
        else {
          for (const step of steps) ofSteps.set(step.number, enter(step, 'room'))
          open(gpu)
        }
      }
    },
    create: (step) => {
      if (step.idle !== null) return
      const room = ofSteps.get(step.number)
      if (room !== undefined) {
        planned.set(room, 'instance')
        noteChange(step.gpu, room)
      } else if (isFree(step.gpu, step.place)) ofSteps.set(step.number, enter(step, 'instance'))
      else throw new Error('a GPU that is closed has room for the steps of its plan')
    },
    drop: ({ number }) => {
      giveIdle(number, false)
      remove(ofSteps, number)
    },
    clearIdle: ({ number }) => giveIdle(number, true),
    keep: (move, at) => void ofMoves.set(move, enter(at, 'instance')),
    clear: (move) => remove(ofMoves, move),
    clearAll: () => {
      for (const step of [...ofIdle.keys()]) giveIdle(step, false)
      for (const step of [...ofSteps.keys()]) remove(ofSteps, step)
      for (const move of [...ofMoves.keys()]) remove(ofMoves, move)
      for (const gpu of closedHere) open(gpu)
    },
    whileOpen: (gpu, act) => {
      if (!closedHere.has(gpu) || closed.get(gpu) !== false) return act()
      setCordon(gpu, false)
      try {
        return act()
      } finally {
        setCordon(gpu, true)
      }
    },
  }
}
