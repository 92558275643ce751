import type { ConfigIssue } from '../../../types/config.js'

export type DocumentPath = ConfigIssue['path']

/** Which end of a `key: value` a person should look at. */
export type DocumentPart = 'key' | 'value'

export interface TextPosition {
  /** From 1. */
  readonly line: number
  readonly column: number
}

/** Where a place of a document is in its text; the nearest enclosing place when it is absent there. */
export type Locate = (path: DocumentPath, part: DocumentPart) => TextPosition | null

export function createIssue(
  locate: Locate,
  path: DocumentPath,
  part: DocumentPart,
  message: string,
): ConfigIssue {
  return { message, path, ...locate(path, part) }
}

/** `mig-configs.all-balanced[0].mig-devices["1g.5gb"]` */
export function formatPath(path: DocumentPath): string {
  return path
    .map((key, position) => {
      if (typeof key === 'number') return `[${key}]`
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`
      return position === 0 ? key : `.${key}`
    })
    .join('')
}

/** Text of an error: what went wrong, then every issue with its place. */
export function describeIssues(summary: string, issues: readonly ConfigIssue[]): string {
  const lines = issues.map(describeIssue)
  return lines.length === 1
    ? `${summary}: ${lines[0]}`
    : `${summary}:${lines.map((line) => `\n  ${line}`).join('')}`
}

export function describeIssue({ message, path, line, column }: ConfigIssue): string {
  const place = path.length > 0 ? `${formatPath(path)} ` : ''
  const position = line === undefined ? '' : ` (line ${line}, column ${column})`
  return `${place}${message}${position}`
}
