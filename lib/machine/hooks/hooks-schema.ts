import * as v from 'valibot'
import type { HookFunction, HookPoint } from '../../../types/machine/hooks.js'
import { mapping, otherThan } from '../../config/schema/schema-parts.js'

/** The grammar of a hooks document. Messages continue a sentence that begins with the path in the document. */

export const hookPoints: readonly HookPoint[] = [
  'apply-start',
  'pre-apply-mode',
  'pre-apply-config',
  'apply-exit',
]

/** mig-parted converts numbers and booleans to text where its hooks need text. */
const text = v.pipe(
  v.union([v.string(), v.number(), v.boolean()], (issue) => `must be text, ${otherThan(issue)}`),
  v.transform(String),
  v.check((value) => !value.includes('\0'), 'cannot have a NUL character'),
)

const variableName = v.pipe(
  v.string(),
  v.regex(/^[^=\0]+$/, 'is not the name of an environment variable'),
)

const command = v.pipe(
  mapping,
  v.objectWithRest(
    {
      command: v.pipe(text, v.nonEmpty('is empty')),
      args: v.nullish(
        v.array(text, (issue) => `must be a list of texts, ${otherThan(issue)}`),
        [],
      ),
      envs: v.nullish(v.pipe(mapping, v.record(variableName, text)), {}),
      workdir: v.nullish(text, ''),
    },
    v.never('is not a field of a hook'),
    'is missing',
  ),
)

const hook = v.lazy((input) =>
  typeof input === 'function'
    ? v.custom<HookFunction>((value) => typeof value === 'function')
    : command,
)

const hookList = v.array(hook, (issue) => `must be a list of hooks, ${otherThan(issue)}`)

/** A program, with defaults for the fields that were left out. */
export interface ValidCommand {
  readonly command: string
  readonly args: readonly string[]
  readonly envs: Readonly<Record<string, string>>
  readonly workdir: string
}

export type ValidHook = ValidCommand | HookFunction

export interface ValidHooks {
  readonly hooks: Readonly<Record<string, readonly ValidHook[]>>
}

/** Names of hook points are checked elsewhere, because mig-parted ignores unknown ones. */
export const hooksSchema: v.GenericSchema<unknown, ValidHooks> = v.pipe(
  mapping,
  v.objectWithRest(
    {
      version: v.optional(v.literal('v1', (issue) => `must be the text "v1", ${otherThan(issue)}`)),
      hooks: v.nullish(v.pipe(mapping, v.record(v.string(), v.nullish(hookList, []))), {}),
    },
    v.never('is not a field of a hooks document'),
  ),
)
