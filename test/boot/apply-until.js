// Divides GPU 0 into sevenths with its clients, and stays for ever at an event: apply-until.js EVENT COUNT
// COUNT: at the how-manieth event of this kind. It then writes its process id into /run/reached.
import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import { applyMigConfig } from '/opt/mig-nvml/dist/index.js'

const [, , kind, count = '1'] = process.argv
let left = Number(count)
const gpu = { devices: [0], 'mig-enabled': true, 'mig-devices': { '1g.5gb': 7 } }
await applyMigConfig(
  { version: 'v1', 'mig-configs': { sevenths: [gpu] } },
  {
    clients: readFileSync('/etc/clients.yaml', 'utf8'),
    onEvent: (event) => {
      if (event.kind !== kind || --left > 0) return
      writeFileSync('/run/reached.new', String(process.pid))
      renameSync('/run/reached.new', '/run/reached')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
    },
  },
)
