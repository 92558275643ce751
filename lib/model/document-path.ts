import type { ConfigIssue } from '../../types/config/config.js'

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

/** For a document that was no text. */
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
      if (!/^[\w-]+$/.test(key)) return `[${JSON.stringify(key)}]`
      return position === 0 ? key : `.${key}`
    })
    .join('')
}

/** Text of an error: what went wrong, then the issues with their places, as many as a person reads. */
export function describeIssues(summary: string, issues: readonly ConfigIssue[]): string {
  const [first, ...others] = issues
  return first !== undefined && others.length === 0
    ? `${summary}: ${describeIssue(first)}`
    : `${summary}:\n${joinLines(issues.slice(0, mostTold).map(describeIssue), issues.length, '  ')}`
}

const mostTold = 20

/** `total` where there are more than were put into words. */
export function joinLines(
  lines: readonly string[],
  total: number = lines.length,
  indent = '',
): string {
  const told = lines.slice(0, mostTold)
  const more = total - told.length
  const rest = more === 0 ? [] : [`and ${more.toLocaleString('en')} more`]
  return [...told, ...rest].map((line) => `${indent}${line}`).join('\n')
}

export function describeIssue({ message, path, line, column }: ConfigIssue): string {
  const place = path.length > 0 ? `${formatPath(path)} ` : ''
  const position = line === undefined ? '' : ` (line ${line}, column ${column})`
  return `${place}${message}${position}`
}
