import type { ConfigIssue } from '../../types/config/config.js'

export type DocumentPath = ConfigIssue['path']

/** Which end of a `key: value` a person should look at. */
export type DocumentPart = 'key' | 'value'

export interface TextPosition {
  /** From 1. */
  readonly line: number
  readonly column: number
}

/** Finds a place of a document in its text, or the nearest enclosing place that is in the text. */
export type Locate = (path: DocumentPath, part: DocumentPart) => TextPosition | null

/** For a document that was not text. */
export const nowhere: Locate = () => null

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
      if (!/^[\w-]+$/.test(key))
        return position === 0 ? JSON.stringify(key) : `[${JSON.stringify(key)}]`
      return position === 0 ? key : `.${key}`
    })
    .join('')
}

/** The text of an error: a summary, then the first issues with their places. */
export function describeIssues(summary: string, issues: readonly ConfigIssue[]): string {
  const [first, ...others] = issues
  return first !== undefined && others.length === 0
    ? `${summary}: ${describeIssue(first)}`
    : `${summary}:\n${joinLines(issues.slice(0, mostListed).map(describeIssue), issues.length, '  ')}`
}

const mostListed = 20

/** `total`: how many there are, if `lines` has only some of them. */
export function joinLines(
  lines: readonly string[],
  total: number = lines.length,
  indent = '',
): string {
  const listed = lines.slice(0, mostListed)
  const more = total - listed.length
  const rest = more === 0 ? [] : [`and ${more.toLocaleString('en')} more`]
  return [...listed, ...rest].map((line) => `${indent}${line}`).join('\n')
}

export function describeIssue({ message, path, line, column }: ConfigIssue): string {
  const place = path.length > 0 ? `${formatPath(path)} ` : ''
  const position = line === undefined ? '' : ` (line ${line}, column ${column})`
  return `${place}${message}${position}`
}
