// What is applied: partitions of an A100-SXM4-40GB, as documents that mig-parted takes as well.
import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const partitions = {
  seven: { '1g.5gb': 7 },
  balanced: { '1g.5gb': 2, '2g.10gb': 1, '3g.20gb': 1 },
  // Enough memory units, one compute slice too many.
  eightSlices: { '1g.5gb': 4, '2g.10gb': 2 },
  tooMuch: { '1g.5gb': 7, '2g.10gb': 3 },
}

export const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export function documentOf(name) {
  return {
    version: 'v1',
    'mig-configs': {
      [name]: [{ devices: 'all', 'mig-enabled': true, 'mig-devices': partitions[name] }],
    },
  }
}

/** Writes it, and returns the arguments of both command lines. */
export function argumentsFor(folder, name) {
  const file = join(folder, `${name}.json`)
  writeFileSync(file, JSON.stringify(documentOf(name)))
  return ['apply', '-f', file, '-c', name]
}

/** From another process, so that whoever is measured finds the machine as a stranger left it. */
export function prepare(host, name) {
  if (name === undefined) return
  execFileSync(process.execPath, [cli, ...argumentsFor(host.folder, name)], {
    env: { ...process.env, ...host.machine.env },
  })
}
