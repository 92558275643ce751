import { readdir } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import type { CdiSpec } from '../../../types/containers/cdi.js'
import type { CdiConflict } from '../../../types/machine/cdi.js'
import { mostTextBytes } from '../../model/document-text.js'
import { readIfThere } from '../../system/read-if-there.js'
import { parseSpecText } from './spec-text.js'

/** What other files in the folder define as well. A runtime that meets a device twice takes neither (CDI, SPEC.md). */
export async function findConflicts(file: string, spec: CdiSpec): Promise<readonly CdiConflict[]> {
  const folder = dirname(file)
  const others = (await readdir(folder)).filter(
    (name) => /\.(?:yaml|json)$/.test(name) && name !== basename(file),
  )
  const own = new Set(spec.devices.map(({ name }) => name))
  return others.sort().flatMap((name) => {
    const other = join(folder, name)
    const twice = readNames(other, spec.kind).filter((device) => own.has(device))
    return twice.length === 0
      ? []
      : [{ file: other, devices: twice.map((device) => `${spec.kind}=${device}`) }]
  })
}

/** The devices of a kind in a file. A file that is no specification has none; runtimes skip it as well. */
function readNames(file: string, kind: string): readonly string[] {
  try {
    const text = readIfThere(file, mostTextBytes)
    // Parsing takes time, and most files are of other kinds.
    if (text === null || !text.includes(kind)) return []
    const found: unknown = parseSpecText(text)
    if (!isObject(found) || found['kind'] !== kind || !Array.isArray(found['devices'])) return []
    return found['devices'].flatMap((device: unknown) =>
      isObject(device) && typeof device['name'] === 'string' ? [device['name']] : [],
    )
  } catch {
    return []
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null
}
