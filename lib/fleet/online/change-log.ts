import type { FleetMark } from '../../../types/fleet/online.js'
import type { ChangeLog, OnlineGpu } from './fleet-state.js'

/** A longer log is dropped. Marks from before then give the whole fleet. */
const mostNoted = 2 ** 20

interface Epoch {
  readonly mark: FleetMark
  readonly gpus: Set<OnlineGpu>
  readonly goneGpus: Set<string>
  readonly requests: Set<string>
}

export function createChangeLog(most: number = mostNoted): ChangeLog {
  let epochs: Epoch[] = []
  let last: Epoch | null = null
  const sizeOf = ({ gpus, goneGpus, requests }: Epoch): number =>
    gpus.size + goneGpus.size + requests.size
  const limit = (): void => {
    if (last === null || sizeOf(last) <= most) return
    epochs = []
    last = null
  }
  return {
    gpu: (gpu) => {
      last?.gpus.add(gpu)
    },
    gone: (gpu) => {
      if (last === null) return
      last.goneGpus.add(gpu.name)
      limit()
    },
    request: (id) => {
      if (last === null) return
      last.requests.delete(id)
      last.requests.add(id)
      limit()
    },
    mark: () => {
      const mark: FleetMark = Object.freeze({ kind: 'mark' })
      last = { mark, gpus: new Set(), goneGpus: new Set(), requests: new Set() }
      epochs.push(last)
      let size = epochs.reduce((sum, epoch) => sum + 1 + sizeOf(epoch), 0)
      while (size > most && epochs.length > 1) size -= 1 + sizeOf(epochs.shift() as Epoch)
      return mark
    },
    since: (mark) => {
      const first = epochs.findIndex((epoch) => epoch.mark === mark)
      if (first < 0) return null
      const [gpus, goneGpus, requests] = [
        new Set<OnlineGpu>(),
        new Set<string>(),
        new Set<string>(),
      ]
      for (const epoch of epochs.slice(first)) {
        for (const gpu of epoch.gpus) gpus.add(gpu)
        for (const name of epoch.goneGpus) goneGpus.add(name)
        for (const id of epoch.requests) {
          requests.delete(id)
          requests.add(id)
        }
      }
      return { gpus, goneGpus, requests }
    },
  }
}
