// Programs that stop and start clients, made of shell scripts. They work on files of one folder.
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

const cli = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

export interface FakePrograms {
  /** Makes a unit that runs; stopping it ends the process of the simulated machine. */
  run(unit: string, pid?: number): void
  /** These units say that they are part of the unit. The stop of it leaves them running here, unlike systemd. */
  setParts(unit: string, parts: readonly string[]): void
  /** The units and containers that run. */
  running(): readonly string[]
  /** The calls that change something: `stop a.service`. */
  changes(): readonly string[]
  /** Lets the call with this number, from 1 on, fail. */
  failAt(call: number | null): void
  /** How often they were called. */
  calls(): number
}

/** Puts `systemctl` and `docker` in front of the search path. */
export function fakePrograms(folder: string, store: string): FakePrograms {
  const at = (name: string): string => join(folder, name)
  for (const name of ['bin', 'running', 'pids', 'parts']) mkdirSync(at(name), { recursive: true })
  writeFileSync(at('calls'), '')
  const common = `#!/bin/sh
echo "$*" >> '${at('calls')}'
number=$(wc -l < '${at('calls')}')
if [ -f '${at('fail-at')}' ] && [ "$(cat '${at('fail-at')}')" = "$number" ]; then
  echo "call $number is refused" >&2
  exit 1
fi
for client; do :; done
case $1 in
  stop)
    rm -f "${at('running')}/$client"
    if [ -f "${at('pids')}/$client" ]; then
      '${process.execPath}' '${cli}' simulator remove-process --store '${store}' --pid "$(cat "${at('pids')}/$client")" || exit 1
      rm -f "${at('pids')}/$client"
    fi ;;
  start) touch "${at('running')}/$client" ;;
`
  const programs = {
    systemctl: `  show)
    names=; seen=; gap=
    for each; do
      [ -n "$seen" ] && names="$names $each"
      [ "$each" = -- ] && seen=yes
    done
    for client in $names; do
      [ -n "$gap" ] && echo
      gap=yes
      echo "Id=$client"
      [ -f "${at('parts')}/$client" ] && echo "ConsistsOf=$(cat "${at('parts')}/$client")"
      if [ -f "${at('running')}/$client" ]; then
        echo ActiveState=active; echo "ControlGroup=/system.slice/$client"
      else
        echo ActiveState=inactive; echo ControlGroup=
      fi
    done ;;`,
    docker: `  inspect)
    [ -f "${at('running')}/$client" ] || { echo "false 0123456789ab"; exit 0; }
    echo "true ${'0123456789abcdef'.repeat(4)}" ;;`,
  }
  for (const [name, cases] of Object.entries(programs)) {
    writeFileSync(join(at('bin'), name), `${common}${cases}\nesac\n`)
    chmodSync(join(at('bin'), name), 0o755)
  }
  const path = process.env['PATH']
  process.env['PATH'] = `${at('bin')}:${path}`
  onTestFinished(() => {
    process.env['PATH'] = path
  })
  const lines = (): readonly string[] =>
    readFileSync(at('calls'), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
  return {
    run(unit, pid) {
      writeFileSync(join(at('running'), unit), '')
      if (pid !== undefined) writeFileSync(join(at('pids'), unit), `${pid}`)
    },
    setParts: (unit, parts) => writeFileSync(join(at('parts'), unit), parts.join(' ')),
    running: () => readdirSync(at('running')).sort(),
    changes: () =>
      lines()
        .filter((line) => /^(stop|start) /.test(line))
        .map((line) => line.replace(/ --(no-block)?( --)? ?/, ' ')),
    failAt(call) {
      if (call !== null) writeFileSync(at('fail-at'), `${call}`)
      else if (existsSync(at('fail-at'))) rmSync(at('fail-at'))
    },
    calls: () => lines().length,
  }
}
