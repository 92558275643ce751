import type { GpuProcess } from '../../types/model/state.js'
import { visibleText } from './visible-text.js'

/** No process has it: a device that counts as in use without one. */
export const givenAwayPid = 0

const longestCommandLine = 120
const shortId = 12

/** `python3 train.py (pid 4711, docker container 0123456789ab)` */
export function describeProcess({ command, commandLine, container, pid }: GpuProcess): string {
  if (pid === givenAwayPid) return 'its owner, as inUse says'
  const called = commandLine ?? command
  const name = called === null ? null : shorten(visibleText(called))
  const inside =
    container == null
      ? ''
      : `${container.runtime ?? ''} container ${container.id.slice(0, shortId)}`
  const where = inside === '' ? `pid ${pid}` : `pid ${pid}, ${inside.trim()}`
  if (name !== null) return `${name} (${where})`
  return inside === '' ? where : `pid ${pid} (${inside.trim()})`
}

function shorten(text: string): string {
  if (text.length <= longestCommandLine) return text
  return `${text.slice(0, longestCommandLine - 1)}…`
}
