import { closeSync, constants, ftruncateSync, openSync, readSync, writeSync } from 'node:fs'
import type { SimulatedRegister } from '../../types/simulator/state.js'
import { withOwnFile } from './tree-paths.js'

const wordBytes = 4

/** Makes a file of registers. It is sparse: only the words take space. Fails if the path exists, also as a link. */
export function makeRegisterFile(
  path: string,
  size: number,
  registers: readonly SimulatedRegister[],
): void {
  const file = openSync(path, 'wx', 0o600)
  try {
    ftruncateSync(file, size)
    writeWords(file, registers)
  } finally {
    closeSync(file)
  }
}

/** Sets words in a file of registers. A program that has mapped the file sees them. */
export function setRegisters(path: string, registers: readonly SimulatedRegister[]): void {
  withOwnFile(path, constants.O_RDWR, (file) => writeWords(file, registers))
}

/** One word of a file of registers; null if the file ends before it. */
export function readRegister(path: string, offset: number): number | null {
  return withOwnFile(path, constants.O_RDONLY, (file) => {
    const word = Buffer.alloc(wordBytes)
    return readSync(file, word, 0, wordBytes, offset) < wordBytes ? null : word.readUInt32LE()
  })
}

function writeWords(file: number, registers: readonly SimulatedRegister[]): void {
  for (const { offset, value } of registers) {
    const word = Buffer.alloc(wordBytes)
    word.writeUInt32LE(value)
    writeSync(file, word, 0, wordBytes, offset)
  }
}
