import * as v from 'valibot'
import type { ConfigIssue } from '../../../types/config/config.js'
import { isMigError, MigError } from '../../errors.js'
import { createIssue, describeIssues, type Locate, nowhere } from '../../model/document-path.js'
import type { DocumentKind } from '../../model/document-text.js'

/** Throws an error with every problem of the document. */
export function validateDocument<T>(
  schema: v.GenericSchema<unknown, T>,
  value: unknown,
  kind: DocumentKind,
  locate: Locate = nowhere,
): T {
  const result = v.safeParse(schema, value)
  if (result.success) return result.output
  throw invalid(
    kind,
    result.issues.map((issue) => toConfigIssue(issue, locate)),
  )
}

export function invalid({ code, subject }: DocumentKind, issues: readonly ConfigIssue[]): MigError {
  return new MigError(code, describeIssues(`${subject} is not valid`, issues), { issues })
}

/** Makes errors of the YAML reader, which speak of the MIG configuration, speak of this document. */
export function readText<T>({ code, subject }: DocumentKind, read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!isMigError(error) || error.issues === undefined) throw error
    const summary = `${subject} is not readable as YAML or JSON`
    throw new MigError(code, describeIssues(summary, error.issues), {
      issues: error.issues,
      ...(error.hint === undefined ? {} : { hint: error.hint }),
      cause: error.cause,
    })
  }
}

/** An issue of the validation, with its place in the document. */
export function toConfigIssue(issue: v.BaseIssue<unknown>, locate: Locate): ConfigIssue {
  const steps = issue.path ?? []
  const path = steps.map(({ key }) => (typeof key === 'number' ? key : String(key)))
  const isAboutKey = steps.at(-1)?.origin === 'key' || issue.type === 'never'
  return createIssue(locate, path, isAboutKey ? 'key' : 'value', shorten(issue.message))
}

/** Messages quote the input, which may be long. */
function shorten(message: string): string {
  return message.length <= 400 ? message : `${message.slice(0, 400)}…`
}
