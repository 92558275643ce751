import { accessSync, constants, existsSync, readFileSync } from 'node:fs'

const capSysAdmin = 21n
const files = [
  '/dev/nvidiactl',
  // mig/config and mig/monitor; their minors are fixed.
  '/dev/nvidia-caps/nvidia-cap1',
  '/dev/nvidia-caps/nvidia-cap2',
  '/proc/driver/nvidia/capabilities/mig/config',
  '/proc/driver/nvidia/capabilities/mig/monitor',
]

/**
 * What this process may do in the operating system's eyes. The driver asks for CAP_SYS_ADMIN in the
 * initial user namespace, or for an opened capability node. Nothing is opened here.
 */
export function readPermissions() {
  const effective = match('/proc/self/status', /^CapEff:\s*([0-9a-f]+)$/m)
  const mapping = match('/proc/self/uid_map', /^\s*(\d+\s+\d+\s+\d+)\s*$/)
  return {
    root: process.geteuid?.() === 0,
    capSysAdmin:
      effective === null ? null : ((BigInt(`0x${effective}`) >> capSysAdmin) & 1n) === 1n,
    initialUserNamespace: mapping === null ? null : /^0\s+0\s+4294967295$/.test(mapping),
    files: files.map((path) => ({ path, exists: existsSync(path), readable: isReadable(path) })),
  }
}

/** `NVIDIA UNIX Open Kernel Module for x86_64  580.65.06`, or null. */
export function readKernelModule() {
  return match('/proc/driver/nvidia/version', /(NVIDIA [\w ]*Kernel Module(?: for \S+)?\s+[\d.]+)/)
}

function match(path, form) {
  try {
    return form.exec(readFileSync(path, 'utf8'))?.[1] ?? null
  } catch {
    return null
  }
}

function isReadable(path) {
  try {
    accessSync(path, constants.R_OK)
    return true
  } catch {
    return false
  }
}
