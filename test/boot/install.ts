import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { run } from '../peers/run.js'
import { putFile } from '../support/root-tree.js'
import { startContainer } from './container.js'
import { makeRoot } from './root-folder.js'

declare module 'vitest' {
  interface ProvidedContext {
    /** Why systemd does not boot in a container here; null: it does. */
    noContainer: string | null
  }
}

/** Before the first test: lets a container boot once, and says loudly why not. */
export async function setup(project: TestProject): Promise<void> {
  const reason = await whyNot()
  if (reason !== null) console.log(`SKIPPED: systemd in a container: ${reason}`)
  project.provide('noContainer', reason)
}

async function whyNot(): Promise<string | null> {
  if (process.getuid?.() !== 0) return 'it needs root'
  for (const program of ['systemd-nspawn', 'setpriv', 'nsenter']) {
    const { status, stderr } = await run(program, ['--version'])
    if (status !== 0) return stderr.trim().split('\n').at(-1) ?? program
  }
  const base = mkdtempSync(join(tmpdir(), 'mig-nvml-boot-'))
  try {
    return await tryBoot(base)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  } finally {
    rmSync(base, { recursive: true, force: true })
  }
}

/** systemd boots, and ends with the status that it gets. */
async function tryBoot(base: string): Promise<string | null> {
  const root = join(base, 'root')
  makeRoot(root, 'end.target')
  const units = 'etc/systemd/system'
  const begin = '[Unit]\nDefaultDependencies=no\n'
  putFile(root, `${units}/end.target`, `${begin}Wants=end.service\nAfter=end.service\n`)
  const command = '/bin/systemctl exit 7'
  putFile(root, `${units}/end.service`, `${begin}[Service]\nType=oneshot\nExecStart=${command}\n`)
  const container = startContainer(basename(base), root, ['--bind-ro=/usr'])
  const timer = setTimeout(() => void container.kill(), 60_000)
  const status = await container.ended
  clearTimeout(timer)
  return status === 7 ? null : `it ended with ${status}: ${container.console().trim()}`
}
