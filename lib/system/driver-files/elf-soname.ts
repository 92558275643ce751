import { closeSync, openSync } from 'node:fs'
import { basename } from 'node:path'
import { readAt } from '../read-start.js'

// ELF-64, little-endian: "System V Application Binary Interface", chapters 4 and 5.
const magic = Buffer.from([0x7f, 0x45, 0x4c, 0x46, 2, 1])
const header = { sectionTable: 40, sectionSize: 58, sectionCount: 60, size: 64 }
const section = { type: 4, offset: 24, size: 32, link: 40, bytes: 64 }
const dynamicSection = 6
const dynamicEntry = 16
const sonameTag = 14n

const longestTable = 2 ** 20
const longestName = 255

/** The name that a library gives itself; that of its file where it gives none. Null: it is no such library. */
export function readSoname(path: string): string | null {
  let file: number
  try {
    file = openSync(path, 'r')
  } catch {
    return null
  }
  try {
    return sonameOf((at, length) => readAt(file, at, length)) ?? basename(path)
  } catch {
    return null
  } finally {
    closeSync(file)
  }
}

/** Undefined: it has no name. Throws where the file is cut off or of another form. */
function sonameOf(read: (at: number, length: number) => Buffer): string | undefined {
  const start = read(0, header.size)
  if (!start.subarray(0, magic.length).equals(magic)) throw new Error('not a 64-bit ELF file')
  const table = Number(start.readBigUInt64LE(header.sectionTable))
  const count = start.readUInt16LE(header.sectionCount)
  if (start.readUInt16LE(header.sectionSize) !== section.bytes) throw new Error('unknown sections')
  const sections = read(table, count * section.bytes)
  const part = (
    number: number,
  ): { readonly at: number; readonly size: number; readonly link: number } => {
    const base = number * section.bytes
    return {
      at: Number(sections.readBigUInt64LE(base + section.offset)),
      size: Math.min(Number(sections.readBigUInt64LE(base + section.size)), longestTable),
      link: sections.readUInt32LE(base + section.link),
    }
  }
  for (let number = 0; number < count; number += 1) {
    if (sections.readUInt32LE(number * section.bytes + section.type) !== dynamicSection) continue
    const { at, size, link } = part(number)
    const entries = read(at, size)
    for (let entry = 0; entry + dynamicEntry <= entries.length; entry += dynamicEntry) {
      if (entries.readBigInt64LE(entry) !== sonameTag) continue
      const texts = part(link)
      const name = read(texts.at + Number(entries.readBigUInt64LE(entry + 8)), longestName)
      return name.toString('latin1', 0, name.indexOf(0))
    }
  }
  return undefined
}
