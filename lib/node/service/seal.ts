import { createHash } from 'node:crypto'

const start = '# Written by mig-nvml service install; sha256 of the rest: '

/** A text with a first line that shows later whether somebody has changed it. */
export function seal(text: string): string {
  return `${start}${digest(text)}\n${text}`
}

/** Whether a text was sealed and is as it was, was sealed and has changed, or was never sealed. */
export function checkSeal(sealed: string): 'whole' | 'changed' | 'none' {
  const end = sealed.indexOf('\n')
  if (!sealed.startsWith(start) || end === -1) return 'none'
  return sealed.slice(start.length, end) === digest(sealed.slice(end + 1)) ? 'whole' : 'changed'
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
