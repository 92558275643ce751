// The tables by the name of their region in the pages: of which benchmark, which of its rows, and how. A
// row is called `CASE: MEASURE`. `cases` has a line for each case, `measures` one for each measure.
// `first`, `value` head the first columns of a list; `note` is the part of a reference that is shown. `digits` after the point.
const all = /(?:)/
const note = /.*/

export const tables = {
  calls: { of: 'calls', rows: all, shape: 'list', value: 'mig-nvml' },
  apply: { of: 'apply', rows: all, shape: 'list', value: '`mig-nvml apply`' },
  snapshot: { of: 'snapshot', rows: all, shape: 'list' },
  containers: { of: 'containers', rows: all, shape: 'list' },
  kubernetes: { of: 'kubernetes', rows: all, shape: 'list' },
  rebalance: { of: 'rebalance', rows: all, shape: 'list', note },
  'cdi-file': { of: 'cdi-file', rows: all, shape: 'list' },
  import: { of: 'import', rows: all, shape: 'list' },
  'simulator-calls': { of: 'simulator-calls', rows: all, shape: 'list' },
  'solver-questions': {
    of: 'solver',
    rows: /: (compileGeometry|placePartition|fits|maxAdditional|remaining)\b/,
    shape: 'measures',
  },
  'solver-alternatives': {
    of: 'solver',
    rows: /: (depth-first|HiGHS|creation orders|GPU instances it|partitions for)/,
    shape: 'list',
  },
  'solver-room': { of: 'solver', rows: /^refused later/, shape: 'list' },
  'solver-repartition': {
    of: 'solver',
    rows: /: (from empty|from random|all devices split|too much wanted)/,
    shape: 'measures',
  },
  'order-models': { of: 'order', rows: /^(?!demand )/, shape: 'cases', note },
  'order-demands': { of: 'order', rows: /^demand /, shape: 'cases' },
  'first-answers': { of: 'first-answers', rows: all, shape: 'list' },
  'fleet-pack': { of: 'fleet', rows: /^W2 /, shape: 'cases', note },
  'fleet-online': { of: 'fleet', rows: /^load 0\.9,/, shape: 'measures' },
  'fleet-online-overload': { of: 'fleet', rows: /^load 1\.1,/, shape: 'measures' },
  'fleet-ends': { of: 'ends', rows: all, shape: 'measures', digits: 4 },
  'fleet-moves': { of: 'fleet', rows: /^W4 /, shape: 'cases' },
  'fleet-compact': { of: 'fleet', rows: /^W5 /, shape: 'cases', note: /^of \d+/ },
  'fleet-drain': { of: 'fleet', rows: /^drain /, shape: 'cases', note: /^of \d+; .*/ },
  'fleet-inference': { of: 'fleet', rows: /^W6 /, shape: 'list', note },
  'fleet-queue': { of: 'fleet', rows: /^W7 /, shape: 'cases', note: /here .*/ },
  'fleet-trace': { of: 'fleet', rows: /^W8 /, shape: 'list', note },
  'fleet-mixed': { of: 'fleet', rows: /^W9 /, shape: 'cases', note },
  'fleet-decision': { of: 'fleet', rows: /^\d+ GPUs, /, shape: 'cases', note: /\d+ requests.*/ },
}

export function rowsOf({ of, rows: wanted }, results) {
  const rows = results[of]?.rows.filter(({ what }) => wanted.test(what)) ?? []
  if (rows.length === 0) throw new Error(`benchmarks/results.json has no rows ${wanted} of ${of}`)
  return rows
}
