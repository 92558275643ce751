import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Whether this process may make device nodes. */
export const makesNodes: boolean = canMakeNodes()

if (!makesNodes) console.log('SKIPPED: making device nodes: this process lacks CAP_MKNOD')

function canMakeNodes(): boolean {
  const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-mknod-'))
  const { status } = spawnSync('mknod', [join(folder, 'node'), 'c', '1', '3'])
  rmSync(folder, { recursive: true })
  return status === 0
}
