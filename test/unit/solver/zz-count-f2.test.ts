import { test } from 'vitest'
import { compileGeometry } from '../../../lib/solver/geometry-tables.js'
import { readFileSync } from 'node:fs'
import { catalogGeometry, findCatalogModel } from '../../../lib/model/index.js'
test('x', () => {
  const cat = JSON.parse(readFileSync('/work/main/catalog/mig-gpus.json', 'utf8'))
  for (const key of cat.gpus.map((g:any)=>g.key)) {
    let g; try { g = catalogGeometry(findCatalogModel(key)!) } catch (e) { console.log(key, String(e)); continue }
    if (!g) continue
    const t = compileGeometry(g)
    const T = performance.now()
    let n = 0
    const rec = (s: number, i: number) => { n++; if (n > 1e6) return; const row = t.states.nextOf(s); for (let j = i; j < t.places.length; j++) if (row[j]! >= 0) rec(row[j]!, j + 1) }
    rec(0, 0)
    console.log(key, 'layouts', n, 'states', t.residuals?.stateCount, 'places', t.places.length, 'profiles', t.profiles.map((p) => p.profile.name + ':' + p.unitCount).join(' '), (performance.now() - T).toFixed(0))
  }
})
