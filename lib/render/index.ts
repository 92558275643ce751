export { type RenderOptions, renderMachine } from './machine.js'
export { renderMachineSvg } from './svg-machine.js'
export { renderPlanSvg } from './svg-plan.js'
