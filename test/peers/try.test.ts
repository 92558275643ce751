import { test, expect } from 'vitest'
import { createHost } from './host.js'
import { runParted, configFile } from './mig-parted.js'
import { randomPartition, seededRandom } from './random-partition.js'
import { readCatalog, isComplete } from './catalog.js'
import { applyMigConfig, assertMigConfig } from '../../lib/index.js'
const gpus = readCatalog().filter(isComplete)
const bad: string[] = []
test.each(gpus)('$key', async (gpu) => {
  using a = await createHost([{ model: gpu.key, migEnabled: true }], {driver:'R610'})
  using b = await createHost([{ model: gpu.key, migEnabled: true }], {driver:'R610'})
  for (let seed = 0; seed < 12; seed++) {
    const wanted = randomPartition(gpu, seededRandom(seed*1000 + gpu.key.length))
    const entries = [{ devices: 'all' as const, 'mig-enabled': true, 'mig-devices': wanted }]
    const doc = { version: 'v1' as const, 'mig-configs': { wanted: entries } }
    let t = Date.now()
    try { await applyMigConfig(doc, { library: a.machine.library, signal: AbortSignal.timeout(20000) }) } catch (e) { console.log(gpu.key, JSON.stringify(wanted), 'OURS', String(e)); continue }
    const t1 = Date.now() - t; t = Date.now()
    const r = await runParted(a, 'assert', ...configFile(a, 'wanted', entries))
    if (r.status !== 0) console.log(gpu.key, JSON.stringify(wanted), 'ASSERT', r.status, r.stderr.slice(-400))
    const t2 = Date.now() - t; t = Date.now()
    const p = await runParted(b, 'apply', ...configFile(b, 'wanted', entries))
    if (p.status !== 0) console.log(gpu.key, JSON.stringify(wanted), 'PAPPLY', p.status, p.stderr.slice(-600))
    const t3 = Date.now() - t; t = Date.now()
    const ok = await assertMigConfig(doc, { library: b.machine.library })
    if (!ok.matches) console.log(gpu.key, JSON.stringify(wanted), 'OURASSERT', JSON.stringify(ok.gpus))
    if (t1+t2+t3 > 1500) console.log(gpu.key, JSON.stringify(wanted), t1,t2,t3)
  }
})
