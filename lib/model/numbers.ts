export function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** How many bits of a mask are set. */
export function countBits(mask: number): number {
  // Sums of two, four and eight bits side by side; the product adds up the bytes in the highest one.
  const pairs = mask - ((mask >>> 1) & 0x55555555)
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333)
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24
}

/** The number of the lowest bit that is set. */
export function lowestBit(mask: number): number {
  return 31 - Math.clz32(mask & -mask)
}

/** The value at an index of a list. Throws for an index out of range, which is a mistake in the code. */
export function at<T>(values: readonly T[], index: number): T {
  const value = values[index]
  if (value === undefined) throw missing(index)
  return value
}

/**
 * A number of a table, as `at` returns it. V8 makes a read free only if the reading function meets few kinds of list;
 * `at` meets all kinds and costs some nanoseconds.
 */
export function wordAt(words: Int32Array, index: number): number {
  const word = words[index]
  if (word === undefined) throw missing(index)
  return word
}

/**
 * A number of one of the two kinds of array that the policies of a fleet read. They take two thirds longer with a
 * function that serves every list.
 */
export function numberAt(values: Int32Array | Float64Array, index: number): number {
  const value = values[index]
  if (value === undefined) throw missing(index)
  return value
}

/** Whether a set of bits, with 32 in each word, contains a bit. */
export function hasBit(words: Int32Array, bit: number): boolean {
  return ((wordAt(words, bit >>> 5) >>> (bit & 31)) & 1) === 1
}

function missing(index: number): RangeError {
  return new RangeError(`There is no entry ${index}.`)
}
