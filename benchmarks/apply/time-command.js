// Runs a command to its end and prints how long that took: PROGRAM [ARGUMENT…]. Inside of the host, so
// that entering it does not count.
import { spawnSync } from 'node:child_process'

const [, , program, ...args] = process.argv
const start = process.hrtime.bigint()
const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
const seconds = Number(process.hrtime.bigint() - start) / 1e9
console.log(JSON.stringify({ seconds, status, stderr }))
