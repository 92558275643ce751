import { describe, expect, test } from 'vitest'
import * as containers from '../../../lib/containers.js'
import * as machine from '../../../lib/index.js'
import * as kubernetes from '../../../lib/kubernetes.js'
import { stateOf } from '../../support/state.js'

type Call = (value: never) => unknown

const emptyState = stateOf([])
const strategy = { strategy: 'mixed' } as const

/** Each public function that takes a state, and in its options or after it what it needs. */
const ofStates: Record<string, Call> = {
  listMigDevices: machine.listMigDevices,
  renderMachine: machine.renderMachine,
  renderMachineSvg: machine.renderMachineSvg,
  renderPlan: (state) => machine.renderPlan(state, { gpus: [] } as never),
  renderPlanSvg: (state) => machine.renderPlanSvg(state, { gpus: [] } as never),
  migMetrics: (state) => machine.migMetrics(state),
  cdiSpec: (state) => containers.cdiSpec(state),
  managementCdiSpec: (state) => containers.managementCdiSpec(state),
  deviceNodes: (state) => containers.deviceNodes(state, {} as never),
  driverNodes: containers.driverNodes,
  listContainerDevices: containers.listContainerDevices,
  plannedState: (state) => containers.plannedState(state, { gpus: [] } as never),
  slurmGres: (state) => containers.slurmGres(state),
  resolveVisibleDevices: (state) => containers.resolveVisibleDevices('all', state),
  allocationPreview: (state) => kubernetes.allocationPreview(state, { ...strategy, limits: {} }),
  checkStrategy: (state) => kubernetes.checkStrategy(state, strategy),
  nodeLabels: (state) => kubernetes.nodeLabels(state, strategy),
  resourceNames: (state) => kubernetes.resourceNames(state, strategy),
  strategyOf: (state) => kubernetes.strategyOf(state),
}

const ofPlans: Record<string, Call> = {
  formatPlan: machine.formatPlan,
  renderPlan: (plan) => machine.renderPlan(emptyState, plan),
  renderPlanSvg: (plan) => machine.renderPlanSvg(emptyState, plan),
  plannedState: (plan) => containers.plannedState(emptyState, plan),
}

describe.each(Object.entries(ofStates))('%s', (name, call) => {
  test('names itself and the forgotten await when it gets the promise of a state', () => {
    const promise = Promise.resolve(emptyState)
    expect(() => call(promise as never)).toThrow(
      new TypeError(
        `${name}: the state must be what readMigState resolves to, not a promise of it: await it`,
      ),
    )
  })

  test.each([[undefined], ['0'], [[]], [{}]])('refuses %j as a state with a TypeError', (value) => {
    expect(() => call(value as never)).toThrow(TypeError)
    expect(() => call(value as never)).toThrow(`${name}: the state must be`)
  })
})

describe.each(Object.entries(ofPlans))('%s', (name, call) => {
  test('names itself and the forgotten await when it gets the promise of a plan', () => {
    expect(() => call(Promise.resolve({ gpus: [] }) as never)).toThrow(
      new TypeError(
        `${name}: the plan must be what planMigConfig resolves to, not a promise of it: await it`,
      ),
    )
  })
})
