import type { ConfigIssue } from '../../../types/config/config.js'
import type { MigCode } from '../../../types/model/errors.js'
import { MigError } from '../../errors.js'
import {
  createIssue,
  type DocumentPath,
  describeIssue,
  describeIssues,
} from '../../model/document-path.js'
import type { SelectedConfig } from '../document/select.js'

/** Something in a configuration that must be a mistake on this machine. */
export interface Finding {
  readonly code: MigCode
  readonly summary: string
  readonly issues: readonly ConfigIssue[]
  readonly hint?: string | null
}

export function issueAt(
  { locate }: SelectedConfig,
  path: DocumentPath,
  message: string,
): ConfigIssue {
  return createIssue(locate, path, 'value', message)
}

export function rejectFinding({ code, summary, issues, hint = null }: Finding): void {
  if (issues.length === 0) return
  throw new MigError(code, describeIssues(summary, issues), {
    issues,
    ...(hint === null ? {} : { hint }),
  })
}

/** Throws if matching is strict; if it is lenient, returns the issues as warnings. */
export function judgeFinding({ lenient }: SelectedConfig, finding: Finding): readonly string[] {
  if (!lenient) rejectFinding(finding)
  return finding.issues.map(describeIssue)
}
