import { describe, expect, inject, test } from 'vitest'

const { CI: ci } = process.env

// Elsewhere a missing program is a skip; where the project is judged it must not pass for a proof.
// What a registry refuses to serve stays a skip: no later run can change that.
describe.runIf(ci === 'true')('in CI', () => {
  test.each(Object.entries(inject('peers')))('the peer %s is installed', (_name, peer) => {
    expect(peer.kind, 'reason' in peer ? peer.reason : '').toMatch(/^(found|refused)$/)
  })

  test('this process may mount /proc and /sys for a program', () => {
    expect(inject('mounts')).toBe(true)
  })
})
