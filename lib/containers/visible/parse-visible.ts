import type { VisibleDevices } from '../../../types/containers/visible.js'
import { MigError } from '../../errors.js'

/**
 * Takes the value of `NVIDIA_VISIBLE_DEVICES` apart, as nvidia-container-toolkit 1.20 does (internal/config/image).
 * Undefined: the variable is not set.
 */
export function parseVisibleDevices(text: string | undefined): VisibleDevices {
  const words = (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
  if (words.length === 0 || words.includes('void')) return { kind: 'void' }
  const keyword = words.find((word) => word === 'all' || word === 'none')
  if (keyword === 'all' || keyword === 'none') return { kind: keyword }
  return { kind: 'list', words }
}

/**
 * The value of `NVIDIA_VISIBLE_DEVICES` that `docker run --gpus` stands for: `all`, a count, or `"device=0:1,0:2"`, whose
 * quotes are part of the value. Sources: opts/gpus.go of docker/cli, daemon/nvidia_linux.go of moby.
 *
 * @throws MigError `MIG_DEVICE_NOT_FOUND` for a value that Docker refuses.
 */
export function parseGpusOption(value: string): string {
  const found = new Map<string, string>()
  for (const field of splitFields(value)) {
    const separator = field.indexOf('=')
    const [key, word] =
      separator < 0 ? ['count', field] : [field.slice(0, separator), field.slice(separator + 1)]
    if (!keys.includes(key)) throw refused(value, `it has no key ${JSON.stringify(key)}`)
    if (found.has(key)) throw refused(value, `it has ${key} twice`, quotesHint(value))
    found.set(key, word)
  }
  const devices = found.get('device')
  const count = found.get('count')
  if (devices !== undefined && count !== undefined)
    throw refused(value, 'it has devices and a count', quotesHint(value))
  if (devices !== undefined) return devices
  if (count === 'all' || count === '-1') return 'all'
  if (!/^\d{1,4}$/.test(count ?? '1')) throw refused(value, `${count} is neither a count nor all`)
  return Array.from({ length: Number(count ?? 1) }, (_, index) => index).join(',')
}

const keys = ['driver', 'count', 'device', 'capabilities', 'options']

/** Fields of one line of CSV: a field in quotes may contain commas. */
function splitFields(value: string): readonly string[] {
  const fields: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  for (;;) {
    const match = field.exec(value)
    if (match === null) throw refused(value, 'its quotes do not match')
    const [, quoted, plain = '', end] = match
    fields.push(quoted === undefined ? plain : quoted.replaceAll('""', '"'))
    if (end === '') return fields
  }
}

function quotesHint(value: string): string | undefined {
  const devices = /device=([^"]*)/.exec(value)?.[1]
  if (devices === undefined || value.includes('"')) return undefined
  return `Docker splits at commas: put quotes into the value, in a shell --gpus '"device=${devices}"'`
}

function refused(value: string, problem: string, hint?: string): MigError {
  return new MigError(
    'MIG_DEVICE_NOT_FOUND',
    `--gpus ${value}: ${problem}`,
    hint === undefined ? {} : { hint },
  )
}
