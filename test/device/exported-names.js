import { readFileSync } from 'node:fs'

const dynamicSymbols = 11
const symbolSize = 24

/**
 * The names that begin with `nvml` in the table of dynamic symbols of a 64-bit little-endian ELF
 * file, sorted: also those that no header declares. Null where the file is something else.
 * Source: the ELF-64 Object File Format, 1.5.
 */
export function readExportedNames(path) {
  try {
    return readNames(readFileSync(path))
  } catch {
    return null
  }
}

function readNames(file) {
  if (file.readUInt32BE(0) !== 0x7f454c46 || file[4] !== 2 || file[5] !== 1) return null
  const sections = readSections(file)
  const table = sections.find(({ type }) => type === dynamicSymbols)
  const strings = sections[table?.link]
  if (strings === undefined) return null
  const names = []
  for (let at = table.offset; at < table.offset + table.size; at += symbolSize) {
    const isDefined = file.readUInt16LE(at + 6) !== 0
    const start = strings.offset + file.readUInt32LE(at)
    const name = file.toString('latin1', start, file.indexOf(0, start))
    if (isDefined && name.startsWith('nvml')) names.push(name)
  }
  return names.sort()
}

function readSections(file) {
  const start = Number(file.readBigUInt64LE(0x28))
  const entrySize = file.readUInt16LE(0x3a)
  const count = file.readUInt16LE(0x3c)
  return Array.from({ length: count }, (_, index) => {
    const at = start + index * entrySize
    return {
      type: file.readUInt32LE(at + 4),
      offset: Number(file.readBigUInt64LE(at + 0x18)),
      size: Number(file.readBigUInt64LE(at + 0x20)),
      link: file.readUInt32LE(at + 0x28),
    }
  })
}
