export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** How many bits of a mask are set. */
export function countBits(mask: number): number {
  let count = 0
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1
  return count
}

/** The value at an index of a list. An index out of range is a mistake of the code, and throws. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw missing(index)
  return value
}

/**
 * A number of a table. The same as `at`, which meets lists of every kind and so costs some nanoseconds:
 * V8 makes a read free only where the function that reads has met few kinds.
 */
export function wordAt(words: Int32Array, index: number): number {
  const word = words[index]
  if (word === undefined) throw missing(index)
  return word
}

/** Whether a set of bits, 32 in a word, has one of them. */
export function hasBit(words: Int32Array, bit: number): boolean {
  return ((wordAt(words, bit >>> 5) >>> (bit & 31)) & 1) === 1
}

function missing(index: number): RangeError {
  return new RangeError(`There is no entry ${index}.`)
}
