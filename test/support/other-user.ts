// Another Unix user on the machine. Only root can become one.
import { type ChildProcess, type SpawnSyncReturns, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

export const otherUid = 65534

const identity = { uid: otherUid, gid: otherUid, cwd: '/' } as const
const whyNot = whyNoOther()

/** Whether this process can start programs as the other user. */
export const canBeOther: boolean = whyNot === null

if (whyNot !== null) console.log(`SKIPPED: what another Unix user may try: ${whyNot}`)

function whyNoOther(): string | null {
  if (process.getuid?.() !== 0) return 'this process is not root, and cannot be one'
  const project = fileURLToPath(new URL('../../package.json', import.meta.url))
  const look = `for (const path of args) require('node:fs').accessSync(path)`
  const { status } = runAsOther(look, project, join(tmpdir(), '.'))
  if (status === 0) return null
  return `it cannot come to ${process.execPath}, ${project} or ${tmpdir()}`
}

/** Runs a program of JavaScript as the other user; its words are `args`. */
export function runAsOther(program: string, ...args: readonly string[]): SpawnSyncReturns<string> {
  const words = ['-e', `const args = process.argv.slice(1)\n${program}`, ...args]
  return spawnSync(process.execPath, words, { ...identity, encoding: 'utf8', env: {} })
}

/** What the program writes, when it ends well. */
export function askAsOther(program: string, ...args: readonly string[]): string {
  const { status, stdout, stderr, error } = runAsOther(program, ...args)
  if (status !== 0) throw error ?? new Error(stderr)
  return stdout
}

/** The same program, which goes on until the test ends; resolves when it has written something. */
export async function startAsOther(
  program: string,
  ...args: readonly string[]
): Promise<ChildProcess> {
  const words = ['-e', `const args = process.argv.slice(1)\n${program}`, ...args]
  const child = spawn(process.execPath, words, {
    ...identity,
    env: {},
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  const ended = once(child, 'exit').then(() => {
    throw new Error('the program of the other user has ended')
  })
  await Promise.race([once(child.stdout ?? child, 'data'), ended])
  ended.catch(() => {})
  return child
}

/** Modes or umasks as rows of a table of tests: how they are written, and the number. */
export function octal(...modes: readonly number[]): [text: string, mode: number][] {
  return modes.map((mode) => [mode.toString(8).padStart(3, '0'), mode])
}

/** A folder of this user's that others may enter; with `mode` also write to. Gone after the test. */
export function publicFolder(mode = 0o755): string {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-public-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  chmodSync(folder, mode)
  return folder
}

/** A folder below another one, with this mode whatever the umask is. */
export function folderIn(parent: string, name: string, mode = 0o755): string {
  const folder = join(parent, name)
  mkdirSync(folder)
  chmodSync(folder, mode)
  return folder
}
