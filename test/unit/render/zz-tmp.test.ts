import { writeFileSync } from 'node:fs'
import { test } from 'vitest'
import { renderMachine } from '../../../lib/render/index.js'
import { stateOf } from '../../support/state.js'

test('x', () => {
  const s = stateOf([
    { key: 'a100-40gb', instances: ['3g.20gb@4', '2g.10gb@0', '1g.5gb@2', '1g.5gb@3'] },
    { key: 'a100-40gb', instances: [0, 1, 2, 3, 4, 5, 6].map((n) => `1g.5gb@${n}`) },
    { key: 'a100-40gb', instances: ['3g.20gb@4:1c,1c', '3g.20gb@0:2c,1c'] },
    { key: 'a100-40gb', instances: ['2g.10gb@0', '2g.10gb@2', '2g.10gb@4'] },
    { key: 'a100-40gb', instances: ['7g.40gb@0'] },
    { key: 'a100-40gb' },
    { key: 'a100-40gb', instances: ['4g.20gb@0:', '1g.5gb+me@4', '1g.10gb@6'] },
    { key: 'a100-40gb', instances: [], pending: false },
    {
      key: 'rtx-pro-6000-blackwell',
      instances: ['1g.24gb+me.all@0', '1g.24gb-me@3', '2g.48gb@6:1c,1c'],
    },
    { key: 'a30-24gb', instances: ['2g.12gb@0', '1g.6gb@3'] },
    { key: 'none' },
  ])
  writeFileSync(
    '/tmp/pic.txt',
    renderMachine(s) +
      '\n\n' +
      renderMachine(s, { unicode: false, columns: 80 }) +
      '\n\n' +
      renderMachine(stateOf([{ key: 'a100-40gb', count: 8, instances: ['7g.40gb@0:3c,4c'] }]), {
        fold: true,
      }) +
      '\n',
  )
  writeFileSync('/tmp/pic.ansi', renderMachine(s, { color: true }))
})
