// Prints how many milliseconds the first compile of one GPU takes in this process.
import { compileGeometry } from '../../dist/solver.js'
import { catalogGeometry } from './catalog.js'

const geometry = catalogGeometry(process.argv[2])
const start = process.hrtime.bigint()
if (compileGeometry(geometry).residuals === null) throw new Error('too large to list')
console.log(Number(process.hrtime.bigint() - start) / 1e6)
