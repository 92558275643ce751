import { expect, test } from 'vitest'
import { nodeChangeOf } from '../../../lib/kubernetes/agent/node-change.js'
import { noRecord, parseRecord } from '../../../lib/kubernetes/agent/record.js'
import { reduceAgent } from '../../../lib/kubernetes.js'
import type {
  AgentAction,
  AgentEvent,
  AgentNode,
  AgentRecord,
  AgentStep,
} from '../../../types/kubernetes/agent.js'
import { patched } from '../../support/json-patch.js'
import fc from '../../support/property.js'

const taint = 'mig-nvml/changing'
const client = 'nvidia.com/gpu.deploy.dcgm'
const paused = 'paused-for-mig-change'
const others = [{ key: 'maintenance', effect: 'NoExecute' }]

/** What happens to an agent next. `performed` numbers choose one of the outcomes that the step can have. */
type Happening =
  | { readonly kind: 'performed'; readonly outcome: number }
  | { readonly kind: 'killed' }
  | { readonly kind: 'label'; readonly config: string }
  | { readonly kind: 'client'; readonly value: string }
  | { readonly kind: 'drift' }
  | { readonly kind: 'later'; readonly seconds: number }

const happening: fc.Arbitrary<Happening> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ kind: fc.constant('performed'), outcome: fc.nat(9) }) },
  { weight: 3, arbitrary: fc.constant({ kind: 'killed' } as const) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('label'), config: fc.constantFrom('a', 'b') }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('client'), value: fc.constantFrom('true', 'false') }),
  },
  { weight: 1, arbitrary: fc.constant({ kind: 'drift' } as const) },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('later'), seconds: fc.integer({ min: 1, max: 900 }) }),
  },
) as fc.Arbitrary<Happening>

/** An agent on the node of an API server that takes each patch. */
class Simulation {
  node: AgentNode = {
    metadata: { name: 'node-1', resourceVersion: '1', labels: { [client]: 'true' } },
    spec: { taints: others },
  }
  now = Date.parse('2026-11-29T00:00:00Z')
  /** What the client's label is to be when no agent has paused it. */
  clientLabel = 'true'
  wish = 'a'
  /** The layout that the machine has, and the one before the run. */
  layout = 'first'
  before = 'first'
  record: AgentRecord = noRecord
  action: AgentAction = { kind: 'wait', until: null }
  private readonly settings: { readonly reboot: boolean }

  constructor(reboot: boolean) {
    this.settings = { reboot }
    this.restart()
  }

  /** The process is new, and knows only what is on the node. */
  restart(): void {
    const text = this.node.metadata.annotations?.['mig-nvml/agent']
    const found = text === undefined ? noRecord : parseRecord(text)
    if (found === null) throw new Error('the annotation makes no sense')
    this.record = found
    this.take({ kind: 'started', now: this.now })
    this.see()
  }

  take(event: AgentEvent): void {
    const decision = reduceAgent(this.record, event, this.settings)
    const change = nodeChangeOf(this.node, decision.record)
    const after = patched(this.node, change.operations)
    if (after === undefined) throw new Error('the patch does not fit the node')
    this.node = after
    if (change.record.run > this.record.run) this.before = this.layout
    this.record = change.record
    this.action = decision.action
    this.check()
  }

  see(): void {
    this.take({ kind: 'wanted', now: this.now, config: this.wish, digest: this.wish })
  }

  /** Whatever is on the node, the record knows it: an agent that dies now leaves nothing unknown. */
  check(): void {
    expect(this.isFenced()).toBe(this.record.fenced)
    if (this.label(client) === paused) expect(this.record.paused[client]).toBe(this.clientLabel)
    if (this.record.step === 'apply' || this.record.step === 'reboot')
      expect(this.isFenced() && this.record.pausing).toBe(true)
  }

  isFenced(): boolean {
    const { taints = [] } = this.node['spec'] as { taints?: readonly { key: string }[] }
    return taints.some(({ key }) => key === taint)
  }

  label(name: string): string | undefined {
    return this.node.metadata.labels?.[name]
  }

  performed(choice: number): void {
    if (this.action.kind === 'wait') {
      if (this.action.until !== null) this.now = Math.max(this.now, this.action.until)
      this.take({ kind: 'time', now: this.now })
      return
    }
    this.now += 1000
    const { step } = this.action
    const outcome = this.isWrong(step) ? outcomeOf(step, 8) : outcomeOf(step, choice)
    if (step === 'apply' && outcome.kind === 'done') this.layout = this.record.config ?? ''
    // An apply that fails undoes what it has done.
    if (step === 'roll-back' && outcome.kind === 'done') this.layout = this.before
    this.take({ ...outcome, now: this.now } as AgentEvent)
    if (this.record.step === 'idle') this.see()
  }

  /** A plan without changes, or an apply that was forgotten, is noticed. */
  isWrong(step: AgentStep): boolean {
    return step === 'verify' && this.layout !== this.record.config
  }

  happen(what: Happening): void {
    if (what.kind === 'performed') this.performed(what.outcome)
    else if (what.kind === 'killed') this.restart()
    else if (what.kind === 'later') this.now += what.seconds * 1000
    else if (what.kind === 'drift')
      this.take({ kind: 'drifted', now: this.now, reason: 'changed by hand' })
    else if (what.kind === 'label') {
      this.wish = what.config
      this.see()
    } else {
      // An administrator changes the label, also while it is paused.
      this.clientLabel = what.value
      const labels = { ...this.node.metadata.labels, [client]: what.value }
      this.node = { ...this.node, metadata: { ...this.node.metadata, labels } }
    }
  }
}

const plan = { changes: ['GPU 0: create 3g.20gb at 0'], resources: {}, pods: [] }

/** What a performer can report of a step. The first one is that all goes well. */
function outcomeOf(
  step: AgentStep,
  choice: number,
): { readonly kind: string; readonly [field: string]: unknown } {
  const failed = { kind: 'failed', step, reason: 'it broke', final: choice % 2 === 0 }
  const waiting = { kind: 'waiting', step, reason: 'not yet', retryMs: 60_000 }
  if (choice === 8) return failed
  if (choice === 9) return waiting
  switch (step) {
    case 'plan':
      return { kind: 'planned', plan: choice === 7 ? { ...plan, changes: [] } : plan }
    case 'evict':
      return choice === 7 ? { kind: 'evictions-allowed' } : { kind: 'done', step }
    case 'apply':
      if (choice === 7) return { kind: 'reboot-required', reason: 'the mode takes a reboot' }
      return choice === 6
        ? { kind: 'in-the-way', reason: 'a pod has come' }
        : { kind: 'done', step }
    case 'reboot':
      return choice < 4 ? { kind: 'rebooting', bootId: 'boot-1' } : { kind: 'done', step }
    default:
      return { kind: 'done', step }
  }
}

test('after any events and kills, a run comes to its end with no taint, and with clients as they were', () => {
  fc.assert(
    fc.property(fc.array(happening, { maxLength: 60 }), fc.boolean(), (happenings, reboot) => {
      const world = new Simulation(reboot)
      for (const what of happenings) world.happen(what)
      // From now on all goes well.
      for (let step = 0; step < 60; step++) {
        const { record } = world
        if (record.step === 'idle' && (record.state === 'success' || record.retryAt === null)) break
        world.performed(record.step === 'reboot' ? 5 : 0)
      }
      expect(world.record.step).toBe('idle')
      expect(world.record.config).toBe(world.wish)
      expect(world.record.state).toMatch(/^(success|failed)$/)
      if (world.record.state === 'success') expect(world.layout).toBe(world.wish)
      else if (!world.record.reason?.includes('; then ')) expect(world.layout).toBe(world.before)
      expect(world.label('nvidia.com/mig.config.state')).toBe(world.record.state)
      expect(world.node['spec']).toEqual({ taints: others })
      expect(world.label(client)).toBe(world.clientLabel)
    }),
    { numRuns: 2000 },
  )
})

test('a run that only ever meets failures ends each time, and never stays fenced or paused', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 6, max: 9 }), { minLength: 40, maxLength: 80 }),
      (all) => {
        const world = new Simulation(false)
        let ends = 0
        for (const choice of all) {
          world.performed(choice)
          // Limits are over sooner or later.
          world.now += 1_800_000
          if (world.record.step !== 'idle') continue
          ends += 1
          expect(world.node['spec']).toEqual({ taints: others })
          expect(world.label(client)).toBe('true')
        }
        expect(ends).toBeGreaterThan(0)
      },
    ),
    { numRuns: 500 },
  )
})

test('the record stays small enough for an annotation, however many runs and pods there were', () => {
  const world = new Simulation(false)
  const pods = Array.from({ length: 50 }, (_, index) => ({
    namespace: 'n'.repeat(63),
    name: `${'p'.repeat(240)}-${index}`,
    uid: '0'.repeat(36),
    holds: ['1g.5gb at 0 on GPU 0'],
    fate: 'evict' as const,
  }))
  const changes = Array.from({ length: 50 }, (_, index) => `GPU 7: destroy 1g.12gb+me at ${index}`)
  for (let run = 0; run < 30; run++) {
    world.wish = run % 2 === 0 ? 'a' : 'b'
    world.see()
    while (world.record.step !== 'idle')
      if (world.record.step === 'plan')
        world.take({ kind: 'planned', now: world.now, plan: { changes, resources: {}, pods } })
      else if (world.record.step === 'evict') {
        const evicted = pods.map(({ namespace, name }) => `${namespace}/${name}`)
        const rest = { now: world.now, reason: 'x', retryMs: 1, evicted }
        world.take({ kind: 'waiting', step: 'evict', ...rest })
        world.take({ kind: 'done', step: 'evict', now: world.now })
      } else world.performed(0)
  }
  // All annotations of an object may have 256 KiB together.
  const text = world.node.metadata.annotations?.['mig-nvml/agent'] ?? ''
  expect(text.length).toBeLessThan(128 * 1024)
  expect(world.record.history).toHaveLength(10)
})
