// Tasks of a GPU cluster as a list: how much of a GPU, when, and for how long. They come from a trace that the
// caller has, or are drawn with the same shape.
import { readFileSync } from 'node:fs'
import { seeded } from '../solver/catalog.js'
import { drawKey } from './draw.js'

/** Thousandths of a GPU in the 2023 trace of alibaba/clusterdata, and how many tasks ask for them. */
const shares = { 143: 32, 286: 280, 429: 389, 572: 971, 1000: 5317 }
const gpuCounts = { 1: 6989, 2: 30, 4: 20, 8: 25 }
const medianStay = 540
const sigma = 1.95

/**
 * `openb_pod_list_*.csv` of alibaba/clusterdata, cluster-trace-gpu-v2023: columns by their names, times in
 * seconds. Tasks without a GPU are left out.
 */
export function readTrace(path) {
  const [head, ...rows] = readFileSync(path, 'utf8')
    .trim()
    .split(/\r?\n/)
    .map((line) => line.split(','))
  const column = (name) => {
    const index = head.indexOf(name)
    if (index < 0) throw new Error(`${path} has no column ${name}`)
    return index
  }
  const [gpus, milli, from, to] = ['num_gpu', 'gpu_milli', 'creation_time', 'deletion_time'].map(
    column,
  )
  return rows
    .filter((row) => Number(row[gpus]) > 0)
    .map((row) => ({
      gpuCount: Number(row[gpus]),
      milli: Number(row[milli]),
      start: Number(row[from]),
      end: Number(row[to]),
    }))
    .sort((a, b) => a.start - b.start)
}

/** Draws as many tasks with the same shares, and log-normal stays of the same median and spread. */
export function drawTrace(count, seed) {
  const random = seeded(seed)
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
  let start = 0
  return Array.from({ length: count }, () => {
    start += -Math.log(1 - random()) * 20
    const gpuCount = Number(drawKey(gpuCounts, random))
    const milli = gpuCount > 1 ? 1000 : Number(drawKey(shares, random))
    return { gpuCount, milli, start, end: start + medianStay * Math.exp(sigma * normal()) }
  })
}

/** In sevenths of a GPU, rounded up. */
export function profileFor({ milli }, profiles) {
  const sevenths = Math.min(7, Math.ceil((milli * 7) / 1001))
  const slices = sevenths <= 4 ? Math.max(1, sevenths) : 7
  return profiles[slices]
}
