import { describe, expect, test } from 'vitest'
import { leaseCalls } from '../../../../lib/agent/client/leases.js'
import { rejectionOf } from '../../../support/errors.js'
import { failure } from '../../../support/http-cluster-objects.js'
import { eachTestConnects } from './client-on-http.js'

const lease = { namespace: 'default', name: 'mig-nvml-node-1' }
const path = '/apis/coordination.k8s.io/v1/namespaces/default/leases/mig-nvml-node-1'

describe('leases over HTTP', () => {
  const world = eachTestConnects()
  const specNow = (): unknown => world().cluster.objects.get(path)?.['spec']

  /** A process with a clock of its own. */
  const startProcess = () => {
    let time = 0
    return {
      pass(seconds: number): void {
        time += seconds * 1000
      },
      ...leaseCalls(world().client, () => time),
    }
  }

  test('a new lease is made with its holder, its time and times of six digits', async () => {
    const { holdLease } = startProcess()
    const taken = await holdLease(lease, { holder: 'one', durationSeconds: 15 })
    expect(taken).toMatchObject({ held: true, holder: 'one' })
    const time = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z$/)
    expect(specNow()).toEqual({
      holderIdentity: 'one',
      leaseDurationSeconds: 15,
      leaseTransitions: 0,
      acquireTime: time,
      renewTime: time,
    })
    expect(taken.renewTime).toBe(Reflect.get(Object(specNow()), 'renewTime'))
  })

  test('its holder renews it without a new start; another one learns its holder', async () => {
    const { holdLease } = startProcess()
    const other = startProcess()
    await holdLease(lease, { holder: 'one', durationSeconds: 15 })
    const began = {
      acquireTime: Reflect.get(Object(specNow()), 'acquireTime'),
      leaseTransitions: 0,
    }
    const renewed = await holdLease(lease, { holder: 'one', durationSeconds: 20 })
    expect(renewed.held).toBe(true)
    expect(specNow()).toMatchObject({ ...began, leaseDurationSeconds: 20 })
    const refused = await other.holdLease(lease, { holder: 'two', durationSeconds: 15 })
    expect(refused).toMatchObject({ held: false, holder: 'one', renewTime: renewed.renewTime })
    expect(specNow()).toMatchObject({ holderIdentity: 'one' })
  })

  test('a lease is lost once it has not changed for its time, by the clock of the newcomer alone', async () => {
    const one = startProcess()
    const two = startProcess()
    await one.holdLease(lease, { holder: 'one', durationSeconds: 15 })
    // The newcomer has run for a day: what counts is since when it has seen this version.
    two.pass(86_400)
    const wish = { holder: 'two', durationSeconds: 15 }
    expect((await two.holdLease(lease, wish)).held).toBe(false)
    two.pass(14)
    expect((await two.holdLease(lease, wish)).held).toBe(false)
    await one.holdLease(lease, { holder: 'one', durationSeconds: 15 })
    two.pass(14)
    expect((await two.holdLease(lease, wish)).held).toBe(false)
    two.pass(15)
    expect((await two.holdLease(lease, wish)).held).toBe(false)
    two.pass(1)
    expect(await two.holdLease(lease, wish)).toMatchObject({ held: true, holder: 'two' })
    expect(specNow()).toMatchObject({ holderIdentity: 'two', leaseTransitions: 1 })
  })

  test('the time of one lease says nothing of another', async () => {
    const one = startProcess()
    const two = startProcess()
    const second = { ...lease, name: 'another' }
    await one.holdLease(lease, { holder: 'one', durationSeconds: 15 })
    await one.holdLease(second, { holder: 'one', durationSeconds: 15 })
    const wish = { holder: 'two', durationSeconds: 15 }
    await two.holdLease(lease, wish)
    two.pass(16)
    expect((await two.holdLease(second, wish)).held).toBe(false)
    expect((await two.holdLease(lease, wish)).held).toBe(true)
  })

  test('a lease that was given back is free at once, and only its holder gives it back', async () => {
    const one = startProcess()
    const two = startProcess()
    await one.holdLease(lease, { holder: 'one', durationSeconds: 3600 })
    await two.releaseLease(lease, { holder: 'two' })
    expect(specNow()).toMatchObject({ holderIdentity: 'one' })
    await one.releaseLease(lease, { holder: 'one' })
    expect(specNow()).toMatchObject({ holderIdentity: '', leaseDurationSeconds: 1 })
    const taken = await two.holdLease(lease, { holder: 'two', durationSeconds: 15 })
    expect(taken).toMatchObject({ held: true, holder: 'two' })
  })

  test('a lease that nobody has made is nothing to give back', async () => {
    const { releaseLease } = startProcess()
    await releaseLease(lease, { holder: 'one' })
    expect(world().cluster.objects.size).toBe(0)
  })

  test('where two processes want a lease at the same time, the slower one learns its holder', async () => {
    const { cluster } = world()
    const { holdLease } = startProcess()
    const spec = { holderIdentity: 'faster', leaseDurationSeconds: 15, renewTime: 'now' }
    let writes = 0
    cluster.decide = ({ method }) => {
      if (method !== 'GET' && ++writes === 1) cluster.put(path, { metadata: {}, spec })
      return 'pass'
    }
    const answer = await holdLease(lease, { holder: 'slower', durationSeconds: 15 })
    expect(answer).toEqual({ held: false, holder: 'faster', renewTime: 'now' })
    // The same with a lease that is free, or has been given up by its holder between two calls.
    cluster.put(path, { metadata: {}, spec: { holderIdentity: '' } })
    writes = 0
    expect(await holdLease(lease, { holder: 'slower', durationSeconds: 15 })).toEqual(answer)
    expect(specNow()).toEqual(spec)
  })

  test('a lease that was removed in a conflict has no holder', async () => {
    const { cluster } = world()
    const { holdLease } = startProcess()
    cluster.decide = ({ method }) =>
      method === 'POST' ? failure(409, 'AlreadyExists', 'exists') : 'pass'
    const answer = await holdLease(lease, { holder: 'one', durationSeconds: 15 })
    expect(answer).toEqual({ held: false, holder: null, renewTime: null })
  })

  test('a lease that another process takes while it is given back stays with that one', async () => {
    const { cluster } = world()
    const { holdLease, releaseLease } = startProcess()
    await holdLease(lease, { holder: 'one', durationSeconds: 15 })
    const spec = { holderIdentity: 'two' }
    cluster.decide = ({ method }) => {
      if (method === 'PATCH') cluster.put(path, { metadata: {}, spec })
      return 'pass'
    }
    await releaseLease(lease, { holder: 'one' })
    expect(specNow()).toEqual(spec)
  })

  test('a server that fails is an error, both to take a lease and to give it back', async () => {
    const { cluster } = world()
    const { holdLease, releaseLease } = startProcess()
    await holdLease(lease, { holder: 'one', durationSeconds: 15 })
    cluster.decide = ({ method }) =>
      method === 'PATCH' ? failure(503, 'ServiceUnavailable', 'not now') : 'pass'
    const wish = { holder: 'one', durationSeconds: 15 }
    expect((await rejectionOf(holdLease(lease, wish))).code).toBe('MIG_CLUSTER_UNAVAILABLE')
    expect((await rejectionOf(releaseLease(lease, wish))).code).toBe('MIG_CLUSTER_UNAVAILABLE')
  })
})
