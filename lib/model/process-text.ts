import type { GpuProcess } from '../../types/state.js'

/** `python3 (pid 4711)` */
export function describeProcess({ command, pid }: GpuProcess): string {
  return command === null ? `pid ${pid}` : `${command} (pid ${pid})`
}
