import { lowestBit, numberAt } from '../../model/numbers.js'

/**
 * A set of numbers below a fixed size. A second level of bits marks the words that are not 0, so that
 * `next` is fast.
 */
export interface BitSet {
  readonly add: (number: number) => void
  readonly remove: (number: number) => void
  readonly has: (number: number) => boolean
  /** The first number from `from` on; -1: there is none. */
  readonly next: (from: number) => number
}

export function createBitSet(size: number): BitSet {
  const words = new Int32Array(((size + 31) >>> 5) + 1)
  const summary = new Int32Array((words.length + 31) >>> 5)
  return {
    add: (number) => {
      const word = number >>> 5
      words[word] = numberAt(words, word) | (1 << (number & 31))
      summary[word >>> 5] = numberAt(summary, word >>> 5) | (1 << (word & 31))
    },
    remove: (number) => {
      const word = number >>> 5
      const rest = numberAt(words, word) & ~(1 << (number & 31))
      words[word] = rest
      if (rest === 0) summary[word >>> 5] = numberAt(summary, word >>> 5) & ~(1 << (word & 31))
    },
    has: (number) => ((numberAt(words, number >>> 5) >>> (number & 31)) & 1) === 1,
    next: (from) => {
      let word = from >>> 5
      if (word >= words.length) return -1
      const rest = numberAt(words, word) & (-1 << (from & 31))
      if (rest !== 0) return (word << 5) | lowestBit(rest)
      word += 1
      for (let group = word >>> 5; group < summary.length; group += 1) {
        let filled = numberAt(summary, group)
        if (group === word >>> 5) filled &= -1 << (word & 31)
        if (filled === 0) continue
        const found = (group << 5) | lowestBit(filled)
        return (found << 5) | lowestBit(numberAt(words, found))
      }
      return -1
    },
  }
}
