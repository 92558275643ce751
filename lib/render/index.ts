export { type RenderOptions, renderMachine } from './machine.js'
