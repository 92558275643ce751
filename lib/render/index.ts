export { renderMachine } from './machine.js'
export { renderPlan } from './plan.js'
export { renderMachineSvg } from './svg-machine.js'
export { renderPlanSvg } from './svg-plan.js'
