import { MigError } from '../../errors.js'
import { createIssue } from '../../model/document-path.js'
import { describeGpus } from '../../model/gpu-text.js'
import type { WantedMachine, WantedSpread } from '../../model/wanted.js'
import type { Counts } from './spread-counts.js'
import type { SpreadFit } from './spread-fit.js'

/** `MIG_PARTITION_INFEASIBLE`, with the smallest part of a spread that its GPUs cannot hold, and what they can. */
export function spreadError(
  { config, locate }: Pick<WantedMachine, 'config' | 'locate'>,
  spread: WantedSpread,
  fitsFrom: SpreadFit,
): MigError {
  const path = ['mig-configs', config, spread.entry, 'total-mig-devices']
  const issue = createIssue(locate, path, 'key', explainSpread(spread, fitsFrom))
  return new MigError(
    'MIG_PARTITION_INFEASIBLE',
    `The configuration "${config}" wants devices that its GPUs cannot have together: ${issue.message}`,
    { issues: [issue] },
  )
}

function explainSpread({ sizes, gpus, count }: WantedSpread, fitsFrom: SpreadFit): string {
  const states = gpus.map(({ gpu }) => gpu.gpu)
  const open = count ?? gpus.length
  if (open > gpus.length) return `they are wanted on ${open} GPUs, of ${describeGpus(states)}`
  const where = count === null ? describeGpus(states) : `${count} of ${describeGpus(states)}`
  const wanted = sizes.map((size) => size.count)
  const fitting = (counts: Counts): boolean => fitsFrom(0, counts, open)
  if (fitting(wanted)) return `there is no way to have them on ${where} beside what is kept`
  const conflict = findConflict(wanted, fitting)
  const would = describe(sizes, takeInOrder(wanted, fitting))
  const [only, ...others] = conflict.flatMap((amount, size) => (amount > 0 ? [size] : []))
  if (only !== undefined && others.length === 0) {
    const most = (conflict[only] ?? 0) - 1
    return `${where} can have ${most} × ${sizes[only]?.name}, and ${wanted[only]} are wanted; ${would} would fit`
  }
  return `${where} cannot have ${describe(sizes, conflict)} together; ${would} would fit`
}

/** A conflict with few sizes and the smallest counts: without any part of it, the rest fits. */
function findConflict(wanted: Counts, fitting: (counts: Counts) => boolean): Counts {
  const restricted = (chosen: readonly number[]): Counts =>
    wanted.map((count, size) => (chosen.includes(size) ? count : 0))
  const indexes = [...wanted.keys()]
  const pairs = indexes.flatMap((a) => indexes.filter((b) => b > a).map((b) => [a, b]))
  const few = [...indexes.map((size) => [size]), ...pairs].find(
    (chosen) => !fitting(restricted(chosen)),
  )
  let conflict = restricted(few ?? indexes)
  for (const size of indexes) {
    const around = conflict
    const most = mostFitting(around[size] ?? 0, (amount) => fitting(around.with(size, amount)))
    conflict = around.with(size, most + 1)
  }
  return conflict
}

/** As much as fits, taken in the order of the request. */
function takeInOrder(wanted: Counts, fitting: (counts: Counts) => boolean): Counts {
  let taken: Counts = wanted.map(() => 0)
  for (const [size, count] of wanted.entries()) {
    const before = taken
    const most = mostFitting(count + 1, (amount) => fitting(before.with(size, amount)))
    taken = before.with(size, Math.max(0, most))
  }
  return taken
}

/**
 * The greatest amount below `tooMany` that fits; -1 if even 0 does not. A binary search, because a document
 * may ask for any number, and whatever fits also fits with less.
 */
function mostFitting(tooMany: number, fits: (amount: number) => boolean): number {
  let most = -1
  let least = tooMany
  while (least - most > 1) {
    const middle = most + Math.floor((least - most) / 2)
    if (fits(middle)) most = middle
    else least = middle
  }
  return most
}

function describe(sizes: WantedSpread['sizes'], counts: Counts): string {
  const parts = counts.flatMap((count, size) =>
    count > 0 ? [`${count} × ${sizes[size]?.name}`] : [],
  )
  return parts.length === 0 ? 'nothing' : parts.join(', ')
}
