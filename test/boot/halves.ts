// A GPU in two halves, on which units work.
import { expect } from 'vitest'
import type { Run } from '../peers/run.js'
import { divide } from '../support/machine-root.js'
import { type Box, createBox } from './box.js'
import { type ClientUnit, writeClient } from './units.js'

export const clientsFile = '/etc/clients.yaml'
/** A client in each half. */
export const bothHalves = { 'a.service': { slice: 0 }, 'b.service': { slice: 4 } }

/** A computer with two halves of a GPU, and clients that work there. */
export async function bootHalves(units: Readonly<Record<string, ClientUnit>>): Promise<Box> {
  const box = createBox({ spec: 'A100-SXM4-40GB' })
  await divide(box.machine, { 0: { '3g.20gb': 2 } })
  const names = Object.keys(units)
  for (const [name, unit] of Object.entries(units)) {
    writeClient(box, name, unit)
    box.enable(name)
  }
  const listed = names.map((unit) => `{unit: ${unit}}`).join(', ')
  box.write(clientsFile, `version: v1\nclients: [${listed}, {unit: absent.service}]\n`)
  expect(await box.boot()).toEqual({ kind: 'up', state: 'running' })
  return box
}

/** Divides the GPU anew in the computer, with its clients. */
export function applyWithClients(box: Box, ...sizes: readonly string[]): Promise<Run> {
  return box.mig('apply', '--gpu', '0', ...sizes, '--clients', clientsFile)
}

export const layoutOf = ({ machine }: Box): readonly string[] =>
  machine.describe().gpus[0]?.gpuInstances.map(({ profileName }) => profileName) ?? []

/** The units whose processes work on the GPU. */
export const workersOf = ({ machine }: Box): readonly string[] =>
  machine
    .describe()
    .gpus[0]?.processes.map(({ name }) => name ?? '')
    .sort() ?? []

export const halves: readonly string[] = ['3g.20gb', '3g.20gb']
export const sevenths: readonly string[] = Array.from({ length: 7 }, () => '1g.5gb')
