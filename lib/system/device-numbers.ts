import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DeviceNumbers, NodeParameters } from '../../types/model/device-numbers.js'
import { isMigError } from '../errors.js'
import { fieldOf, parseDeviceMajors, parseFields } from '../model/device-files.js'
import { toCapabilityNumbers, toDeviceMajors } from '../model/device-numbers.js'
import { readCapabilities } from './capability-minors.js'
import { fileError, isFailedCall } from './file-error.js'

/**
 * The numbers of the driver's device nodes, from its files below `root`. What cannot be read is missing with the
 * reason; nothing is thrown, since most callers want no more than the state of the GPUs.
 */
export function readDeviceNumbers(
  root: string,
  gpuMinors: readonly (number | null)[],
): DeviceNumbers {
  const missing: string[] = []
  const attempt = <Part>(file: string, read: (path: string) => Part | null): Part | null => {
    const path = join(root, file)
    try {
      const part = read(path)
      if (part === null) missing.push(`there is no ${path}`)
      return part
    } catch (error) {
      missing.push(reasonOf(error, path))
      return null
    }
  }
  const known = gpuMinors.filter((minor) => minor !== null)
  const driver = join(root, 'proc/driver/nvidia')
  if (!existsSync(driver))
    missing.push(
      `there is no ${driver}: the driver is not loaded, or its files lie below another folder`,
    )
  return {
    majors: attempt('proc/devices', (path) => {
      const text = readOrNull(path)
      return text === null ? null : toDeviceMajors(parseDeviceMajors(text))
    }),
    capabilities: attempt('proc/driver/nvidia-caps/mig-minors', () => {
      const minors = readCapabilities(root)
      return minors === null ? null : toCapabilityNumbers(minors, known)
    }),
    nodes: attempt('proc/driver/nvidia/params', (path) => {
      const text = readOrNull(path)
      return text === null ? null : parseParameters(text)
    }),
    missing,
  }
}

function parseParameters(text: string): NodeParameters {
  const file = '/proc/driver/nvidia/params'
  const fields = parseFields(text, file)
  return {
    mode: fieldOf(fields, 'DeviceFileMode', file),
    uid: fieldOf(fields, 'DeviceFileUID', file),
    gid: fieldOf(fields, 'DeviceFileGID', file),
  }
}

function readOrNull(path: string): string | null {
  return existsSync(path) ? readFileSync(path, 'utf8') : null
}

function reasonOf(error: unknown, path: string): string {
  if (isMigError(error)) return `${path}: ${error.message}`
  if (isFailedCall(error)) return fileError(`cannot read ${path}`, error, path).message
  throw error
}
