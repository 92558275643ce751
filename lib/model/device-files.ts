import { MigError } from '../errors.js'

// Parsers of the driver's files below /proc. A line that no driver writes is an error, because a wrong number would
// give a container the device of somebody else.

/** What the access file of a capability says about its node. */
export interface AccessFile {
  /** N of `/dev/nvidia-caps/nvidia-capN`. */
  readonly minor: number
  readonly mode: number
  /** Whether the driver lets its tools make the node. */
  readonly modify: boolean
}

/**
 * Reads `/proc/driver/nvidia-caps/mig-minors`: the minor number of each capability, by the name that the file has for
 * it, such as `gpu0/gi1/ci0/access`. Names that are not known yet are kept.
 *
 * @throws MigError `MIG_DRIVER_INVALID` with the line, for text of another form or a name with two numbers.
 */
export function parseMigMinors(text: string): ReadonlyMap<string, number> {
  const minors = new Map<string, number>()
  let line = 0
  // The list has thousands of lines, and a state is read often.
  for (const content of text.split('\n')) {
    line += 1
    const [, name, digits = ''] = minorLine.exec(content) ?? []
    const minor = numberIn(digits)
    if (name === undefined || minor === null) {
      if (content.trim() === '') continue
      throw malformed('mig-minors', line, `must be a name and a number, not ${show([content])}`)
    }
    if (minors.has(name)) throw malformed('mig-minors', line, `has ${name} a second time`)
    minors.set(name, minor)
  }
  return minors
}

/**
 * Reads an access file below `/proc/driver/nvidia/capabilities`.
 *
 * @throws MigError `MIG_DRIVER_INVALID` with the line, for text of another form or without one of its three fields.
 */
export function parseAccessFile(text: string): AccessFile {
  const fields = parseFields(text, 'the access file')
  return {
    minor: fieldOf(fields, 'DeviceFileMinor', 'the access file'),
    mode: fieldOf(fields, 'DeviceFileMode', 'the access file'),
    modify: fieldOf(fields, 'DeviceFileModify', 'the access file') !== 0,
  }
}

/**
 * Reads the character devices of `/proc/devices`: major numbers by the name of the device.
 *
 * @throws MigError `MIG_DRIVER_INVALID` with the line, for text of another form.
 */
export function parseDeviceMajors(text: string): ReadonlyMap<string, number> {
  const majors = new Map<string, number>()
  let isInSection = false
  for (const { line, words } of linesOf(text)) {
    const heading = /^(Character|Block) devices:$/.exec(words.join(' '))
    if (heading !== null) isInSection = heading[1] === 'Character'
    else if (isInSection) {
      const [digits = '', ...name] = words
      const major = numberIn(digits)
      if (major === null || name.length === 0)
        throw malformed(
          'the list of devices',
          line,
          `must be a number and a name, not ${show(words)}`,
        )
      majors.set(name.join(' '), major)
    }
  }
  return majors
}

/** Lines `Name: number`. The values of other lines are not read. */
export function parseFields(text: string, file: string): ReadonlyMap<string, number | null> {
  const fields = new Map<string, number | null>()
  for (const { line, words } of linesOf(text)) {
    const [name = '', value = ''] = words
    if (!name.endsWith(':'))
      throw malformed(file, line, `must be a name and a value, not ${show(words)}`)
    fields.set(name.slice(0, -1), numberIn(value))
  }
  return fields
}

export function fieldOf(
  fields: ReadonlyMap<string, number | null>,
  name: string,
  file: string,
): number {
  const value = fields.get(name)
  if (value === undefined || value === null)
    throw new MigError('MIG_DRIVER_INVALID', `${file} has no number for ${name}`)
  return value
}

const minorLine = /^(\S+)[ \t]+(\d+)\s*$/

interface Line {
  /** From 1. */
  readonly line: number
  readonly words: readonly string[]
}

function linesOf(text: string): readonly Line[] {
  return text
    .split('\n')
    .map((content, index) => ({ line: index + 1, words: content.trim().split(/\s+/) }))
    .filter(({ words }) => words[0] !== '')
}

/** Device numbers are of 12 and 20 bits; more than 32 is no number of a device. */
function numberIn(digits: string): number | null {
  const value = /^\d{1,10}$/.test(digits) ? Number(digits) : Number.NaN
  return value < 2 ** 32 ? value : null
}

const longestShown = 60

function show(words: readonly string[]): string {
  return JSON.stringify(words.join(' ').slice(0, longestShown))
}

function malformed(file: string, line: number, problem: string): MigError {
  const message = `line ${line} ${problem}`
  return new MigError('MIG_DRIVER_INVALID', `${file}: ${message}`, {
    issues: [{ path: [], message, line, column: 1 }],
  })
}
