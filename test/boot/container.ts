import { type ChildProcess, spawn } from 'node:child_process'
import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { createControlGroups, killProcess } from './control-groups.js'
import { until } from './until.js'

/** A container in which systemd runs as the first process. */
export interface Container {
  /** Its first process, as this process numbers it. Null: it has ended. */
  leader(): Promise<number | null>
  /** What it wrote to its console. */
  console(): string
  /** Its exit status. 133: it wants to be started again. Null: it was killed. */
  readonly ended: Promise<number | null>
  readonly hasEnded: boolean
  /** What a power cut does: everything ends at once. */
  kill(): Promise<void>
}

const enterGroups =
  'while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@"'

export function startContainer(name: string, root: string, binds: readonly string[]): Container {
  const groups = createControlGroups(name)
  const child = spawn(
    'sh',
    [
      ...['-c', enterGroups, 'sh', ...groups.folders, '--'],
      // A container must not outlive a test run that is killed.
      ...['setpriv', '--pdeathsig', 'TERM', 'systemd-nspawn', '--quiet', '--boot'],
      ...[`--directory=${root}`, `--machine=${name}`, '--register=no', '--keep-unit'],
      ...['--private-network', '--console=pipe', '--link-journal=no', '--resolv-conf=off'],
      ...['--timezone=off', ...binds],
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], detached: true },
  )
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => {
      written = (written + text).slice(-20_000)
    })
  let hasEnded = false
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status) => {
      // Processes that are killed may still be going.
      until(groups.remove).then(() => {
        // systemd-nspawn leaves it behind.
        rmSync(join('/run/systemd/nspawn/propagate', name), { recursive: true, force: true })
        hasEnded = true
        resolve(status)
      }, reject)
    })
  })

  async function leader(): Promise<number | null> {
    return until(() => {
      if (hasEnded) return null
      const found = childrenOf(child).find(isFirst)
      if (found === undefined) throw new Error(`systemd does not run yet: ${written}`)
      return found
    })
  }

  return {
    leader,
    console: () => written,
    ended,
    get hasEnded() {
      return hasEnded
    },
    async kill() {
      // Again and again: systemd may just be about to begin.
      while (!hasEnded) {
        const first = childrenOf(child).find(isFirst)
        if (first === undefined) groups.kill()
        else killProcess(first)
        await Promise.race([ended, pause(50)])
      }
    },
  }
}

function childrenOf({ pid }: ChildProcess): readonly number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return text.trim().split(' ').map(Number)
  } catch {
    return []
  }
}

/** Whether a process is the first of its PID namespace, and systemd, also when it shuts down. */
function isFirst(pid: number): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8')
    return /^Name:\tsystemd(-shutdow)?$/m.test(status) && /^NSpid:.*\t1$/m.test(status)
  } catch {
    return false
  }
}
