import type { LayoutHolder, NodeLayout } from '../../../types/kubernetes/node-layout.js'

/** All annotations of an object have 262,144 bytes together, and those of other programs are among them. */
const mostBytes = 65_536
/** How many pods of a shared device are named, as long as all of it fits. */
const podSteps = [32, 8, 2, 1, 0]

/**
 * A layout as the text of the annotation, of at most 64 KiB. Geometries are left out, since the reader has the catalog. Where
 * many pods share devices, some of them are only counted.
 */
export function formatNodeLayout(layout: NodeLayout): string {
  const { driverVersion, gpus, lostGpus } = layout.state
  const state = { driverVersion, gpus: gpus.map(({ geometry: _, ...gpu }) => gpu), lostGpus }
  const texts = podSteps.map((most) => () => {
    const holders = layout.holders.map((holder) => nameAtMost(holder, most))
    return JSON.stringify({ ...layout, state, holders })
  })
  let text = ''
  for (const write of texts) {
    text = write()
    if (new TextEncoder().encode(text).length <= mostBytes) break
  }
  return text
}

function nameAtMost({ pods, morePods, ...holder }: LayoutHolder, most: number): LayoutHolder {
  return {
    ...holder,
    pods: pods.slice(0, most),
    morePods: morePods + Math.max(0, pods.length - most),
  }
}
