import { expect } from 'vitest'
import { parse } from 'yaml'
import type { CaseRun, GpuInWords, Outcome } from './case.js'
import type { Observed } from './run-case.js'

/** Fails with all output of a run that did not end as expected. */
export function expectOutcome(observed: Observed, expected: Outcome): void {
  const { status, end, changing, calls, kept, resets, hooks, says = [], prints } = expected
  const said = `${observed.stdout}${observed.stderr}`
  expect(observed.status, said).toBe(status)
  if (end !== undefined)
    expect(
      observed.end.map((gpu, index) => withPlacesOf(gpu, end[index])),
      said,
    ).toEqual(end.map(sorted))
  if (typeof changing === 'number') expect(observed.changing, said).toBe(changing)
  else if (changing !== undefined && 'atMost' in changing)
    expect(observed.changing, said).toBeLessThanOrEqual(changing.atMost)
  else if (changing !== undefined)
    expect(observed.changing, said).toBeGreaterThanOrEqual(changing.atLeast)
  if (calls !== undefined) expect(observed.calls).toBe(calls)
  if (kept !== undefined) expect(observed.kept, 'GPU instances that live on').toBe(kept)
  if (resets !== undefined) expect(observed.resets, 'GPUs that were reset').toEqual(resets)
  if (hooks !== undefined) expect(observed.hooks).toEqual(hooks)
  if (prints !== undefined) expect(parse(observed.stdout)).toEqual(prints)
  for (const words of says) expect(said).toMatch(words)
}

/** How mig-parted is expected to end. */
export function referenceOutcome({ want, reference = {} }: CaseRun): Outcome {
  const known = Object.entries({ ...want, ...reference }).filter(([, value]) => value !== 'any')
  return Object.fromEntries(known) as unknown as Outcome
}

/** Instances without their placements, if the expectation has none. */
function withPlacesOf(gpu: GpuInWords, expected: GpuInWords | undefined): GpuInWords {
  if (typeof gpu === 'string' || typeof expected === 'string' || expected === undefined) return gpu
  const open = [...expected]
  return gpu
    .map((instance) => {
      const bare = instance.replace(/@\d+/, '')
      const found = open.indexOf(instance)
      const place = found === -1 ? open.indexOf(bare) : found
      if (place === -1) return instance
      return open.splice(place, 1)[0] ?? instance
    })
    .sort()
}

function sorted(gpu: GpuInWords): GpuInWords {
  return typeof gpu === 'string' ? gpu : gpu.toSorted()
}
