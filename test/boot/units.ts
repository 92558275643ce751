import type { Box } from './box.js'
import { paths } from './paths.js'

export interface ClientUnit {
  readonly gpu?: number
  /** The slice on which it works where the GPU is divided. */
  readonly slice?: number
  /** It works on no GPU. */
  readonly idle?: boolean
  /** Lines for [Unit]. */
  readonly unit?: readonly string[]
  /** Lines for [Service] that come last. */
  readonly service?: readonly string[]
}

/** Writes a unit whose process works on a GPU, as a monitor or a job does. */
export function writeClient(
  box: Box,
  name: string,
  { gpu = 0, slice = 0, idle = false, unit = [], service = [] }: ClientUnit = {},
): void {
  const client = `${paths.node} ${paths.machine}/client.js`
  box.write(
    `etc/systemd/system/${name}`,
    [
      '[Unit]',
      ...unit,
      '[Service]',
      'ExecStart=/bin/sleep infinity',
      ...(idle
        ? []
        : [`ExecStartPost=${client} enter %n ${gpu} ${slice}`, `ExecStopPost=${client} leave %n`]),
      ...service,
      '',
    ].join('\n'),
  )
}
