import type {
  CheckpointInput,
  MigCheckpoint,
  PartedCheckpoint,
} from '../../../types/machine/checkpoint.js'
import { validateDocument } from '../../config/document/validate-document.js'
import { isMigError, MigError, toError } from '../../errors.js'
import type { DocumentKind } from '../../model/document-text.js'
import { readTextFile } from '../../system/read-text.js'
import { checkpointSchema, partedSchema } from './checkpoint-schema.js'

/** A valid checkpoint, whether or not it fits this machine. */
export type ReadCheckpoint =
  | { readonly kind: 'own'; readonly checkpoint: MigCheckpoint }
  | { readonly kind: 'parted'; readonly checkpoint: PartedCheckpoint }

/** Rejects with `MIG_CHECKPOINT_INVALID`, or with the system's error for a file that cannot be read. */
export async function readCheckpoint(
  input: CheckpointInput,
  signal?: AbortSignal,
): Promise<ReadCheckpoint> {
  if (typeof input !== 'string' && !(input instanceof URL)) return check(input, 'The checkpoint')
  const kind = kindOf(`The checkpoint ${input}`)
  const text = await readTextFile(input, kind, signal).catch((error: unknown) => {
    throw isJsonText(input) && !isMigError(error) ? notPath(error) : error
  })
  return check(parseCheckpoint(text, kind), kind.subject)
}

/** The content of a checkpoint's text, not checked yet. Throws `MIG_CHECKPOINT_INVALID` for invalid JSON. */
export function parseCheckpoint(text: string, { code, subject }: DocumentKind): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MigError(code, `${subject} is not valid JSON: ${toError(cause).message}`, { cause })
  }
}

export function kindOf(subject: string): DocumentKind {
  return { code: 'MIG_CHECKPOINT_INVALID', subject }
}

/** A path can begin like this too, so only an input that cannot be read as a file is checked. */
function isJsonText(input: string | URL): boolean {
  return typeof input === 'string' && /^\s*[[{]/.test(input)
}

function notPath(cause: unknown): MigError {
  return new MigError(
    'MIG_CHECKPOINT_INVALID',
    'The checkpoint is a string, which must be the path of a file, but it looks like the content of such a file',
    { cause, hint: 'pass the path, or the object: JSON.parse(text)' },
  )
}

function check(value: unknown, subject: string): ReadCheckpoint {
  const kind = kindOf(subject)
  const fields: Partial<Record<string, unknown>> = Object(value)
  if (fields['MigState'] !== undefined)
    return { kind: 'parted', checkpoint: validateDocument(partedSchema, value, kind) }
  const version = fields['version']
  if (version !== 'mig-nvml/checkpoint/v1')
    throw new MigError(
      kind.code,
      typeof version === 'string'
        ? `${subject} has version "${version}", which this package does not know`
        : `${subject} is not valid: it has neither the version of this package nor the MigState of mig-parted`,
      typeof version === 'string' ? { hint: 'restore it with the version that took it' } : {},
    )
  return { kind: 'own', checkpoint: validateDocument(checkpointSchema, value, kind) }
}
