// Reads and changes the dynamic symbol table of a shared library (ELF-64, little-endian: "System V
// Application Binary Interface", chapters 4 and 5).
import { MigError } from '../errors.js'

const elf64LittleEndian = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])

// Offsets of the fields of the file header, a section header and a symbol, and their sizes.
const header = { sectionTable: 40, sectionSize: 58, sectionCount: 60, size: 64 }
const section = { type: 4, offset: 24, size: 32, link: 40, bytes: 64 }
const symbol = { info: 4, section: 6, value: 8, size: 16, bytes: 24 }

const dynamicSymbols = 11
const weak = 2

interface Section {
  readonly type: number
  readonly offset: number
  readonly size: number
  /** For a symbol table: the number of the section with the names. */
  readonly link: number
}

/**
 * Returns a copy of the library in which these functions are weak undefined symbols. The loader accepts
 * them, and `dlsym` does not find them, as if they had never been written.
 *
 * @throws MigError MIG_NATIVE_UNAVAILABLE when it is not such a library, or lacks one of the names.
 */
export function hideSymbols(library: Buffer, names: readonly string[]): Buffer {
  const image = Buffer.from(library)
  const sections = readSections(image)
  const symbols = sections.find(({ type }) => type === dynamicSymbols)
  const texts = symbols === undefined ? undefined : sections[symbols.link]
  if (symbols === undefined || texts === undefined) throw unreadable('it has no dynamic symbols')
  const wanted = new Set(names)
  for (let at = symbols.offset; at < symbols.offset + symbols.size; at += symbol.bytes) {
    const name = readText(image, texts.offset + image.readUInt32LE(at))
    if (wanted.delete(name)) hideSymbol(image, at)
  }
  if (wanted.size > 0) throw unreadable(`it has no ${[...wanted].join(', ')}`)
  return image
}

function hideSymbol(image: Buffer, at: number): void {
  const type = image.readUInt8(at + symbol.info) & 0xf
  image.writeUInt8((weak << 4) | type, at + symbol.info)
  image.writeUInt16LE(0, at + symbol.section)
  image.writeBigUInt64LE(0n, at + symbol.value)
  image.writeBigUInt64LE(0n, at + symbol.size)
}

function readSections(image: Buffer): readonly Section[] {
  const known = image.subarray(0, elf64LittleEndian.length).equals(elf64LittleEndian)
  if (!known || image.length < header.size) throw unreadable('it is not a 64-bit ELF file')
  const table = Number(image.readBigUInt64LE(header.sectionTable))
  const count = image.readUInt16LE(header.sectionCount)
  if (image.readUInt16LE(header.sectionSize) !== section.bytes)
    throw unreadable('its section headers have an unknown size')
  if (table + count * section.bytes > image.length) throw unreadable('it is truncated')
  return Array.from({ length: count }, (_, number) => {
    const at = table + number * section.bytes
    return {
      type: image.readUInt32LE(at + section.type),
      offset: Number(image.readBigUInt64LE(at + section.offset)),
      size: Number(image.readBigUInt64LE(at + section.size)),
      link: image.readUInt32LE(at + section.link),
    }
  })
}

function readText(image: Buffer, at: number): string {
  return image.toString('latin1', at, image.indexOf(0, at))
}

function unreadable(why: string): MigError {
  return new MigError('MIG_NATIVE_UNAVAILABLE', `the simulated driver cannot be adapted: ${why}`)
}
