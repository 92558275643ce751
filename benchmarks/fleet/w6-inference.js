// W6: inference services with a rate and a latency to keep, on as few A100-80GB as possible: the six scenarios
// of ParvaGPU (SC'24). Its profiles are not part of this package. Give the path of a checkout of its repository,
// which has prof_data/ and SLO/.
//   node benchmarks/fleet/w6-inference.js PATH
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import loadHighs from 'highs'
import { packFleet, verifyBound } from '../../dist/fleet.js'
import { compileGeometry } from '../../dist/solver.js'
import { catalogGeometry } from '../solver/catalog.js'

const profileOf = { 1: '1g.10gb', 2: '2g.20gb', 3: '3g.40gb', 4: '4g.40gb', 7: '7g.80gb' }
const published = [2, 3, 5, 7, 13, 16]
const optimum = [2, 3, 5, 7, 12, 15]

export async function measureInference(path = process.env.MIG_NVML_PARVAGPU) {
  if (path === undefined) {
    return [
      {
        what: 'W6 inference services',
        skipped: 'no path in MIG_NVML_PARVAGPU to a checkout of ParvaGPU',
      },
    ]
  }
  const models = readdirSync(join(path, 'prof_data'))
    .filter((name) => name.endsWith('.csv'))
    .sort()
  const profiles = models.map((name) => readTable(join(path, 'prof_data', name)).slice(1))
  const latencies = readTable(join(path, 'SLO/SLO_latency.csv'))
  const rates = readTable(join(path, 'SLO/SLO_req_rate.csv'))
  const { profiles: all } = catalogGeometry('a100-80gb')
  const geometry = { profiles: all.filter(({ name }) => Object.values(profileOf).includes(name)) }
  const rows = []
  for (const [scenario, limits] of latencies.entries()) {
    const services = limits.flatMap((limit, model) => {
      const rate = Number(rates[scenario][model])
      return Number.isFinite(rate)
        ? [{ rate, best: bestBySize(profiles[model], Number(limit)) }]
        : []
    })
    const { counts, ms } = await chooseSizes(geometry, services)
    const problem = {
      requests: Object.entries(counts).map(([size, count]) => ({
        profile: profileOf[size],
        count,
      })),
      gpus: [{ id: 'gpu', geometry, count: 100 }],
    }
    const { objective, certificate } = await packFleet(problem, { names: false })
    rows.push({
      what: `W6 scenario ${scenario + 1}: GPUs`,
      value: objective.gpus,
      unit: '',
      bound: optimum[scenario],
      reference: `ParvaGPU ${published[scenario]}; sizes chosen in ${ms.toFixed(0)} ms, bound ${verifyBound(problem, certificate).valid ? 'verified' : 'WRONG'}`,
    })
  }
  return rows
}

function readTable(file) {
  return readFileSync(file, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(',').map((cell) => cell.trim()))
}

/** The best rate of each size that keeps half of the latency, less a tenth. */
function bestBySize(rows, limitMs) {
  const best = {}
  for (const [size, , processes, throughput, latency] of rows.map((row) => row.map(Number))) {
    if (!(throughput > 0) || latency * 1000 >= (limitMs / 2) * 0.9) continue
    best[size] = Math.max(best[size] ?? 0, throughput * processes)
  }
  return best
}

/** How many of each size the services take with the fewest GPUs: patterns and rates in one program. */
async function chooseSizes(geometry, services) {
  const highs = await loadHighs()
  const { partitions, classes } = compileGeometry(geometry).residuals
  const sizes = Object.keys(profileOf)
  const patterns = classes[0].undominated
  const terms = sizes.map((size) => {
    const position = geometry.profiles.findIndex(({ name }) => name === profileOf[size])
    return [
      ...services.flatMap(({ best }, service) => (best[size] > 0 ? [`+ z${service}_${size}`] : [])),
      ...patterns.flatMap((pattern) => {
        const count = partitions.counts[pattern][position]
        return count > 0 ? [`- ${count} x${pattern}`] : []
      }),
    ].join(' ')
  })
  const covers = services.map(({ rate, best }, service) => {
    const parts = Object.entries(best).map(([size, each]) => `${each} z${service}_${size}`)
    return `${parts.join(' + ')} >= ${rate}`
  })
  const whole = [
    ...patterns.map((pattern) => `x${pattern}`),
    ...services.flatMap(({ best }, service) =>
      Object.keys(best).map((size) => `z${service}_${size}`),
    ),
  ]
  const text = `Minimize\n gpus: ${patterns.map((each) => `x${each}`).join(' + ')}\nSubject To\n ${[...terms.map((each) => `${each} <= 0`), ...covers].map((row, index) => `r${index}: ${row}`).join('\n ')}\nGeneral\n ${whole.join(' ')}\nEnd`
  const start = performance.now()
  const { Status, Columns } = highs.solve(text, { output_flag: false, mip_rel_gap: 0 })
  if (Status !== 'Optimal') throw new Error(`HiGHS: ${Status}`)
  const counts = Object.fromEntries(
    sizes.map((size) => [
      size,
      services.reduce(
        (sum, _, service) => sum + Math.round(Columns[`z${service}_${size}`]?.Primal ?? 0),
        0,
      ),
    ]),
  )
  return { counts, ms: performance.now() - start }
}

if (process.argv[1] === import.meta.filename) {
  for (const { what, skipped, value, reference = '' } of await measureInference(process.argv[2])) {
    console.log(`${what.padEnd(30)} ${skipped ?? value}  ${reference}`)
  }
}
