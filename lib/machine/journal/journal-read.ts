import * as v from 'valibot'
import type { GpuUuid } from '../../../types/model/state.js'
import { toError } from '../../errors.js'
import { readTrusted } from '../../system/trusted-file.js'
import type { GpuJournal } from './journal.js'

/** A journal that lies beside the lock file. */
export interface FoundJournal {
  readonly path: string
  /** From the file's name. */
  readonly gpu: GpuUuid
  /** An error: why it cannot be used. */
  readonly journal: GpuJournal | Error
}

const largestBytes = 2 ** 20

/** Null when there is none. */
export async function readJournal(path: string, gpu: GpuUuid): Promise<FoundJournal | null> {
  try {
    const text = await readTrusted(path, largestBytes)
    return text === null ? null : { path, gpu, journal: parseJournal(text, gpu) }
  } catch (error) {
    return { path, gpu, journal: toError(error) }
  }
}

function parseJournal(text: string, gpu: GpuUuid): GpuJournal {
  const data: unknown = JSON.parse(text)
  const head = v.safeParse(headSchema, data)
  if (!head.success) throw new Error('it is not a journal')
  if (head.output.version !== 1)
    throw new Error(`it has version ${head.output.version}, which this release does not know`)
  const journal = v.parse(journalSchema, data)
  if (journal.gpu !== gpu) throw new Error(`it is for another GPU, ${journal.gpu}`)
  return journal as GpuJournal
}

const headSchema = v.looseObject({ format: v.literal('mig-nvml journal'), version: v.number() })

const whole = v.pipe(v.number(), v.integer(), v.minValue(0))
const placement = v.looseObject({ start: whole, size: whole })
const target = v.looseObject({
  migEnabled: v.boolean(),
  migPending: v.optional(v.boolean()),
  gpuInstances: v.array(
    v.looseObject({
      profileId: whole,
      profileName: v.string(),
      placement,
      computeInstances: v.array(
        v.looseObject({
          name: v.string(),
          sliceCount: whole,
          profileId: v.optional(whole),
          placement: v.nullable(placement),
        }),
      ),
    }),
  ),
})
const journalSchema = v.strictObject({
  format: v.literal('mig-nvml journal'),
  version: v.literal(1),
  bootId: v.nullable(v.string()),
  pid: whole,
  command: v.string(),
  startedAt: v.string(),
  apply: v.strictObject({
    id: v.string(),
    atomic: v.picklist(['machine', 'gpu', 'none']),
    gpus: v.array(v.string()),
    undone: v.optional(v.literal(true)),
  }),
  config: v.string(),
  gpu: v.string(),
  before: target,
  found: target,
  target,
})
