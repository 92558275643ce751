// Runs a command to its end and prints how long that took: [--repeat N | --cold FILE:FILE…] PROGRAM [ARGUMENT…].
// Inside of the host, so that entering it does not count. Repeated: once unmeasured, then the median of N.
// Cold: the files have to be read from the disk, as at a first start.
import { execFileSync, spawnSync } from 'node:child_process'

const args = process.argv.slice(2)
let repeat = 0
let cold = []
if (args[0] === '--repeat') repeat = Number(args.splice(0, 2)[1])
if (args[0] === '--cold') cold = args.splice(0, 2)[1].split(':')
const [program, ...rest] = args

// GNU dd: tells the kernel that the file's pages are not needed any more, and changes nothing.
for (const file of cold)
  execFileSync('dd', [`of=${file}`, 'oflag=nocache', 'conv=notrunc,fdatasync', 'count=0'], {
    stdio: 'ignore',
  })
if (repeat > 0) time()
const times = Array.from({ length: Math.max(1, repeat) }, time).sort(
  (a, b) => a.seconds - b.seconds,
)
console.log(JSON.stringify(times[Math.floor(times.length / 2)]))

function time() {
  const start = process.hrtime.bigint()
  const { status, stderr } = spawnSync(program, rest, { encoding: 'utf8' })
  return { seconds: Number(process.hrtime.bigint() - start) / 1e9, status, stderr }
}
