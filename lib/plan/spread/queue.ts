export interface Queue<T> {
  readonly push: (item: T, cost: number) => void
  /** The cheapest item. Ties go to the given order, then to the item that was pushed first. */
  readonly pop: () => T | null
}

interface Queued<T> {
  readonly item: T
  readonly cost: number
  readonly number: number
}

/** A priority queue as a binary heap. */
export function createQueue<T>(compare: (a: T, b: T) => number): Queue<T> {
  const heap: Queued<T>[] = []
  let pushed = 0
  const isBefore = (a: Queued<T> | undefined, b: Queued<T> | undefined): boolean => {
    if (a === undefined || b === undefined) return a !== undefined
    return (a.cost - b.cost || compare(a.item, b.item) || a.number - b.number) < 0
  }
  const swap = (a: number, b: number): void => {
    const first = heap[a]
    const second = heap[b]
    if (first === undefined || second === undefined) return
    heap[a] = second
    heap[b] = first
  }
  return {
    push: (item, cost) => {
      heap.push({ item, cost, number: pushed++ })
      for (let at = heap.length - 1; at > 0; ) {
        const parent = (at - 1) >> 1
        if (!isBefore(heap[at], heap[parent])) break
        swap(at, parent)
        at = parent
      }
    },
    pop: () => {
      const [top] = heap
      swap(0, heap.length - 1)
      heap.pop()
      for (let at = 0; ; ) {
        const left = 2 * at + 1
        const right = left + 1
        const child = isBefore(heap[right], heap[left]) ? right : left
        if (!isBefore(heap[child], heap[at])) break
        swap(at, child)
        at = child
      }
      return top?.item ?? null
    },
  }
}
