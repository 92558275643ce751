import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { onTestFinished } from 'vitest'

/** A process as `/proc` shows it. */
export interface FakeProcess {
  readonly words?: readonly string[]
  readonly cgroup?: string
  /** Where its open files lead to. */
  readonly opens?: readonly string[]
}

/** A folder that looks like the root of a machine, gone after the test. */
export function fakeRoot(): string {
  const root = mkdtempSync(join(tmpdir(), 'mig-nvml-root-'))
  onTestFinished(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'proc'))
  return root
}

export function putFile(root: string, path: string, content: string): void {
  const file = join(root, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, content)
}

export function putProcess(
  root: string,
  pid: number,
  { words = ['python3', 'train.py'], cgroup = '0::/user.slice\n', opens = [] }: FakeProcess,
): void {
  const folder = `proc/${pid}`
  putFile(root, `${folder}/cmdline`, words.map((word) => `${word}\0`).join(''))
  putFile(root, `${folder}/cgroup`, cgroup)
  mkdirSync(join(root, folder, 'fd'))
  opens.forEach((target, handle) => {
    symlinkSync(target, join(root, folder, 'fd', String(handle)))
  })
}
