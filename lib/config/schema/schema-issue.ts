import type * as v from 'valibot'
import type { ConfigIssue } from '../../../types/config/config.js'
import { createIssue, type Locate } from '../../model/document-path.js'

/** What the validation found, in a document's own terms. */
export function toConfigIssue(issue: v.BaseIssue<unknown>, locate: Locate): ConfigIssue {
  const steps = issue.path ?? []
  const path = steps.map(({ key }) => (typeof key === 'number' ? key : String(key)))
  const isAboutKey = steps.at(-1)?.origin === 'key' || issue.type === 'never'
  return createIssue(locate, path, isAboutKey ? 'key' : 'value', shorten(issue.message))
}

/** Messages quote what was given, and that may be anything. */
function shorten(message: string): string {
  return message.length <= 400 ? message : `${message.slice(0, 400)}…`
}
