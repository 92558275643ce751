import { mkdir, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { AgentRecord } from '../../../types/kubernetes/agent.js'
import type { MigCheckpoint } from '../../../types/machine/checkpoint.js'
import type { GpuUuid, ListedMigState } from '../../../types/model/state.js'
import { checkpointText, takeCheckpoint } from '../../machine/checkpoint/take-checkpoint.js'
import { readIfThere } from '../../system/read-if-there.js'
import { replaceFile } from '../../system/write-file.js'
import type { NodeAgentOptions } from './context.js'

const longestFile = 2 ** 22

/** The layout before a run, of the GPUs that it changes, and of all where it reboots. The name is that of the run, so that no other run brings it back. */
export function checkpointFile(
  { stateFolder }: NodeAgentOptions,
  { runSince }: AgentRecord,
): string {
  return join(stateFolder, `before-${(runSince ?? 'run').replaceAll(/[^0-9A-Za-z]/g, '')}.json`)
}

/** Keeps the layout of GPUs that are about to change for the first time in this run. */
export async function keepLayout(
  options: NodeAgentOptions,
  record: AgentRecord,
  state: ListedMigState,
  changing: ReadonlySet<GpuUuid>,
): Promise<void> {
  const file = checkpointFile(options, record)
  const kept = readKept(file)
  const known = kept?.gpus ?? []
  const gpus = state.gpus.filter(
    ({ uuid }) => changing.has(uuid) && !known.some((gpu) => gpu.uuid === uuid),
  )
  if (gpus.length === 0) return
  // A lost GPU that is not part of the run is no reason to stop.
  const added = takeCheckpoint({ ...state, gpus, lostGpus: [] })
  await mkdir(options.stateFolder, { recursive: true, mode: 0o700 })
  await replaceFile(file, checkpointText({ ...added, ...kept, gpus: [...known, ...added.gpus] }))
}

/** Null: this run has changed nothing. */
export function readKept(file: string): MigCheckpoint | null {
  const text = readIfThere(file, longestFile)
  return text === null ? null : (JSON.parse(text) as MigCheckpoint)
}

/** Removes what runs that have ended have left. */
export async function forgetLayouts({ stateFolder }: NodeAgentOptions): Promise<void> {
  const names = await readdir(stateFolder).catch(() => [])
  for (const name of names)
    if (/^before-\w+\.json$/.test(name)) await rm(join(stateFolder, name), { force: true })
}
