import { expect, test } from 'vitest'
import { renderMachine, renderMachineSvg, renderPlan, renderPlanSvg } from '../../../lib/index.js'
import type { MigPlan } from '../../../types/machine/plan.js'
import { stateOf } from '../../support/state.js'

const state = stateOf([{ key: 'a100-40gb', count: 1 }])
const plan: MigPlan = { config: 'none', gpus: [], warnings: [] }
const letters = {
  renderMachine: (options: object) => renderMachine(state, options),
  renderPlan: (options: object) => renderPlan(state, plan, options),
}
const pages = {
  renderMachineSvg: (options: object) => renderMachineSvg(state, options),
  renderPlanSvg: (options: object) => renderPlanSvg(state, plan, options),
}

test.each(Object.entries({ ...letters, ...pages }))(
  '%s accepts its own options and refuses others',
  (name, draw) => {
    expect(() => draw(null as never)).toThrow(`options of ${name} must be an object, not null`)
    expect(() => draw({ columns: 0 })).toThrow(/columns must be a whole number from 1, not 0/)
    expect(() => draw({ column: 2 })).toThrow(/did you mean columns\?/)
    expect(draw({ columns: 60 })).not.toBe('')
  },
)

test.each(Object.entries(letters))(
  '%s refuses a flag that is neither true nor false',
  (_, draw) => {
    for (const flag of ['color', 'unicode', 'fold'])
      expect(() => draw({ [flag]: 'false' })).toThrow(`${flag} must be true or false, not "false"`)
  },
)

test.each(Object.entries(pages))('%s refuses a title that is not a string', (_, draw) => {
  expect(() => draw({ title: 5 })).toThrow('title must be a string, not 5')
})
