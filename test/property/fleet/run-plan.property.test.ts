import { expect, test } from 'vitest'
import { compactFleet, configureNodes, createFleet, makeRoom } from '../../../lib/fleet.js'
import type { FleetPlan } from '../../../types/fleet/moves.js'
import type { Fleet, FleetRun, FleetRunStage } from '../../../types/fleet/online.js'
import type { FleetGpu, FleetPlacement, FleetRequest } from '../../../types/fleet/pack.js'
import { geometryOf } from '../../support/geometry.js'
import { seeded } from '../../support/random.js'
import { isLegal } from './online-oracle.js'

// A scheduler that keeps its own books: where each job runs, and which instances each machine has. After every event
// the fleet has to agree with them. Nothing here knows how a plan is carried out.

type Random = (below: number) => number
const pick = <T>(random: Random, list: readonly T[]): T => list[random(list.length)] as T
const oneIn = (random: Random, many: number): boolean => random(many) === 0

const geometry = geometryOf('a100-40gb')
const profiles = ['1g.5gb', '1g.5gb', '2g.10gb', '3g.20gb', '4g.20gb']

interface Entry {
  readonly devices: string
  readonly placements?: readonly { readonly profile: string; readonly start: number }[]
}

class Scheduler {
  readonly fleet: Fleet
  /** Place of each job that runs. A job that is stopped has none. */
  readonly jobs = new Map<string, string>()
  readonly stopped = new Set<string>()
  readonly machines = new Map<string, Set<string>>()
  readonly gpus: readonly FleetGpu[]
  started = 0

  constructor(count: number) {
    this.gpus = Array.from({ length: count }, (_, index) => ({
      id: `gpu-${index}`,
      geometry,
      node: `node-${index >> 1}`,
    }))
    this.fleet = createFleet({ gpus: this.gpus, policy: 'best-fit' })
    for (const { id } of this.gpus) this.machines.set(id, new Set())
  }

  come(request: FleetRequest): void {
    const id = `job-${++this.started}`
    const answer = this.fleet.place({ ...request, id })
    if (answer.kind === 'refused') return
    this.enter(answer.placements)
  }

  enter(placements: readonly FleetPlacement[]): void {
    for (const { request, gpu, profileId, placement } of placements) {
      this.jobs.set(request ?? '', `${gpu} ${profileId}@${placement?.start}`)
    }
  }

  end(id: string): void {
    this.jobs.delete(id)
    this.stopped.delete(id)
    this.fleet.release(id)
  }

  /** An apply: every machine of these nodes becomes what the fleet says. No running job may lose its instance. */
  configure(nodes: readonly string[]): void {
    for (const { config } of configureNodes(this.fleet, { nodes: [...new Set(nodes)] })) {
      const entries = (config['mig-configs']?.['fleet'] ?? []) as readonly Entry[]
      for (const { devices, placements = [] } of entries) {
        const wanted = placements.map(({ profile, start }) => {
          const found = geometry.profiles.find(({ name }) => name === profile)
          return `${devices} ${found?.id}@${start}`
        })
        this.machines.set(devices, new Set(wanted))
      }
    }
    for (const [id, place] of this.jobs) {
      expect(this.machines.get(gpuOf(place)), `${id} runs at ${place}`).toContain(place)
    }
  }

  check(): void {
    const there = new Map<string, string>()
    for (const { id: gpu, layout = [] } of this.fleet.snapshot().gpus) {
      expect(isLegal(geometry, layout), gpu).toBe(true)
      for (const { id, profileId, placement } of layout) {
        if (id !== undefined) there.set(id, `${gpu} ${profileId}@${placement.start}`)
      }
    }
    expect(there).toEqual(this.jobs)
  }

  stop(stage: FleetRunStage): void {
    for (const id of stage.stops) {
      this.jobs.delete(id ?? '')
      this.stopped.add(id ?? '')
    }
  }

  arrive(
    id: string,
    { gpu, profileId, placement }: Pick<FleetPlacement, 'gpu' | 'profileId' | 'placement'>,
  ): void {
    const place = `${gpu} ${profileId}@${placement?.start}`
    // The new instance is on the machine before a job can change over to it.
    expect(this.machines.get(gpu), id).toContain(place)
    this.jobs.set(id, place)
    this.stopped.delete(id)
  }

  /** Everything is as if there had never been a plan. */
  settle(): void {
    this.check()
    const { gpus } = this.fleet.snapshot()
    for (const { layout = [], ...gpu } of gpus) {
      expect([gpu.cordoned, gpu.planned]).toEqual([undefined, undefined])
      expect(layout.filter(({ plan, pinned }) => plan !== undefined || pinned)).toEqual([])
    }
    this.configure([...new Set(this.gpus.map(({ id }) => nodeOf(id)))])
    const running = [...this.jobs.values()].sort()
    expect([...this.machines.values()].flatMap((each) => [...each]).sort()).toEqual(running)
  }
}

const gpuOf = (place: string): string => place.split(' ')[0] ?? ''
const nodeOf = (gpu: string): string => `node-${Number(gpu.slice(4)) >> 1}`

interface Wanted {
  readonly plan: FleetPlan
  readonly request?: FleetRequest
}

async function findPlan(random: Random, { fleet }: Scheduler): Promise<Wanted | null> {
  if (oneIn(random, 3)) {
    const { plan } = await compactFleet(fleet.snapshot(), { solver: 'own', workUnits: 5000 })
    return { plan }
  }
  const request = { id: 'big', profile: pick(random, ['3g.20gb', '4g.20gb', '7g.40gb']) }
  const room = makeRoom(fleet, request, { workUnits: 20_000 })
  return room.kind === 'room' && room.plan.moves.length > 0 ? { plan: room.plan, request } : null
}

/** Other jobs come and go, whatever the plan does. */
function churn(random: Random, scheduler: Scheduler, movers: readonly string[]): void {
  for (let step = random(3); step > 0; step -= 1) {
    if (oneIn(random, 2)) scheduler.come({ profile: pick(random, profiles) })
    else {
      const ids = [...scheduler.jobs.keys(), ...scheduler.stopped]
      const others = oneIn(random, 3) ? ids : ids.filter((id) => !movers.includes(id))
      if (others.length > 0) scheduler.end(pick(random, others))
    }
  }
  scheduler.check()
  scheduler.configure([...scheduler.machines.keys()].map(nodeOf))
}

function carryOutStage(
  random: Random,
  scheduler: Scheduler,
  run: FleetRun,
  stage: FleetRunStage,
  request: FleetRequest | undefined,
  between: () => void,
): void {
  scheduler.stop(stage)
  scheduler.check()
  between()
  scheduler.configure(stage.nodes)
  for (const { request: id, to } of stage.moves) {
    if (id === null || !(scheduler.jobs.has(id) || scheduler.stopped.has(id))) continue
    if (oneIn(random, 2)) {
      expect(run.moved(id)).toMatchObject({ request: id, ...to })
      scheduler.arrive(id, to)
      scheduler.check()
      between()
    }
  }
  const late = stage.moves.filter(({ request: id }) => {
    return id !== null && (scheduler.jobs.has(id) || scheduler.stopped.has(id))
  })
  const answer = run.done()
  for (const { request: id, to } of late) scheduler.arrive(id ?? '', to)
  if (answer !== null) {
    expect(answer).toMatchObject({ kind: 'placed', id: request?.id })
    if (answer.kind === 'placed') scheduler.enter(answer.placements)
  }
  scheduler.check()
  between()
}

const kinds = ['alone', 'crowded', 'given up'] as const

test.each(kinds)(
  'the fleet agrees with the books of a scheduler at each point of a plan (%s)',
  async (kind) => {
    let ran = 0
    let givenUp = 0
    for (let seed = 1; seed <= 80 && ran < 15; seed += 1) {
      const random = seeded(seed)
      const scheduler = new Scheduler(1 + random(3))
      for (let step = 0; step < 30; step += 1) {
        if (oneIn(random, 3) && scheduler.jobs.size > 0)
          scheduler.end(pick(random, [...scheduler.jobs.keys()]))
        else scheduler.come({ profile: pick(random, profiles) })
      }
      scheduler.configure([...scheduler.machines.keys()].map(nodeOf))
      const wanted = await findPlan(random, scheduler)
      if (wanted === null || wanted.plan.steps.length === 0) continue
      const { plan, request } = wanted
      ran += 1
      const run = scheduler.fleet.apply(plan, request === undefined ? {} : { request })
      scheduler.check()
      const movers = plan.moves.flatMap(({ request: id }) => id ?? [])
      const between = (): void => (kind === 'alone' ? undefined : churn(random, scheduler, movers))
      const last = kind === 'given up' ? random(run.stages + 1) : run.stages
      between()
      for (let number = 0; number < last; number += 1) {
        const stage = run.begin()
        if (stage === null) throw new Error(`seed ${seed}: ${run.stages} stages, but not ${number}`)
        carryOutStage(random, scheduler, run, stage, request, between)
      }
      if (last < run.stages) {
        const stage = oneIn(random, 2) ? run.begin() : null
        if (stage !== null) {
          scheduler.stop(stage)
          if (oneIn(random, 2)) scheduler.configure(stage.nodes)
        }
        const { nodes, stopped } = run.giveUp()
        expect(new Set(stopped.map((each) => each.request))).toEqual(scheduler.stopped)
        scheduler.stopped.clear()
        scheduler.enter(stopped.flatMap(({ placement }) => placement ?? []))
        givenUp += 1
        scheduler.check()
        scheduler.configure(nodes)
      } else {
        expect(run.begin()).toBe(null)
      }
      scheduler.settle()
      if (kind !== 'alone') continue
      for (const { gpu, after } of plan.gpus) {
        const wantedThere = after.map((each) => `${gpu} ${each.profileId}@${each.placement.start}`)
        expect([...(scheduler.machines.get(gpu) ?? [])].sort(), `seed ${seed}`).toEqual(
          wantedThere.sort(),
        )
      }
    }
    expect(ran).toBe(15)
    if (kind === 'given up') expect(givenUp).toBeGreaterThan(4)
  },
)
