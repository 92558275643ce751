import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connectCluster } from '../../../lib/agent/client/connect.js'
import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import { rejectionOf } from '../../support/errors.js'
import { createAccount } from '../harness/accounts.js'
import { type ControlPlane, startControlPlane } from '../harness/control-plane.js'
import { writeKubeconfig } from '../harness/kubeconfig.js'
import type { TokenSubject } from '../harness/tokens.js'
import { until } from '../harness/until.js'
import { hasNoCluster } from '../programs.js'

const lease = { namespace: 'default', name: 'mig-nvml-node-1' }
const hour = 3600

describe.skipIf(hasNoCluster())('leases and tokens on the real API server', () => {
  let cluster: ControlPlane
  beforeAll(async () => {
    cluster = await startControlPlane()
  })
  afterAll(() => cluster[Symbol.asyncDispose]())
  const connect = (): Promise<ClusterClient> => connectCluster({ kubeconfig: cluster.kubeconfig })

  test('of two processes that want a new lease at the same time, one has it', async () => {
    const [one, two] = [await connect(), await connect()]
    const answers = await Promise.all([
      one.holdLease(lease, { holder: 'one', durationSeconds: hour }),
      two.holdLease(lease, { holder: 'two', durationSeconds: hour }),
    ])
    const [winner, loser] = answers[0].held ? answers : [answers[1], answers[0]]
    expect(winner.held).toBe(true)
    expect(loser).toMatchObject({ held: false, holder: winner.holder })
    const holder = winner.holder ?? ''
    expect((await one.holdLease(lease, { holder, durationSeconds: hour })).held).toBe(true)
    await one.releaseLease(lease, { holder: 'nobody' })
    expect((await one.holdLease(lease, { holder: 'third', durationSeconds: hour })).held).toBe(
      false,
    )
    await one.releaseLease(lease, { holder })
    expect((await one.holdLease(lease, { holder: 'third', durationSeconds: hour })).held).toBe(true)
  })

  test('a lease whose holder has died is taken once its time is over as the newcomer has seen it', async () => {
    const [dead, heir] = [await connect(), await connect()]
    const other = { ...lease, name: 'died' }
    await dead.holdLease(other, { holder: 'dead', durationSeconds: 1 })
    const first = await heir.holdLease(other, { holder: 'heir', durationSeconds: hour })
    expect(first).toMatchObject({ held: false, holder: 'dead' })
    await until('the lease', async () => {
      const { held } = await heir.holdLease(other, { holder: 'heir', durationSeconds: hour })
      return held
    })
    expect((await dead.holdLease(other, { holder: 'dead', durationSeconds: 1 })).held).toBe(false)
  })

  describe('as a service account', () => {
    const maps = { apiVersion: 'v1', resource: 'configmaps', namespace: 'default' }
    let account: TokenSubject
    let file: string
    let client: ClusterClient
    beforeAll(async () => {
      account = await createAccount(cluster, 'reader', [
        { apiGroups: [''], resources: ['configmaps'], verbs: ['get', 'list', 'watch'] },
      ])
      file = join(cluster.folder, 'token')
      writeFileSync(file, cluster.tokens.sign(account, hour))
      const { server, certificate, folder } = cluster
      const kubeconfig = join(folder, 'reader.kubeconfig')
      client = await connectCluster({
        kubeconfig: writeKubeconfig(kubeconfig, { server, certificate, tokenFile: file }),
      })
    })

    test('what the role lacks is MIG_CLUSTER_FORBIDDEN, with the account and the permission', async () => {
      await until('the role', async () => (await client.list(maps)).resourceVersion)
      const error = await rejectionOf(client.list({ apiVersion: 'v1', resource: 'secrets' }))
      expect(error).toMatchObject({ code: 'MIG_CLUSTER_FORBIDDEN', cluster: { status: 403 } })
      expect(error.message).toContain('system:serviceaccount:default:reader')
      expect(error.message).toContain('secrets')
    })

    test('a token that has expired is read again from its file, and no call fails', async () => {
      // The API server leaves ten seconds for clocks that differ, hence an hour.
      writeFileSync(file, cluster.tokens.sign(account, -hour))
      const { server, certificate, folder } = cluster
      const kubeconfig = join(folder, 'expired.kubeconfig')
      const client = await connectCluster({
        kubeconfig: writeKubeconfig(kubeconfig, { server, certificate, tokenFile: file }),
      })
      expect(await rejectionOf(client.list(maps))).toMatchObject({
        code: 'MIG_CLUSTER_FORBIDDEN',
        cluster: { status: 401 },
      })
      writeFileSync(file, cluster.tokens.sign(account, hour))
      expect((await client.list(maps)).items).toBeDefined()
    })

    test('a token file that is not there is MIG_CLUSTER_CONFIG', async () => {
      const { server, certificate, folder } = cluster
      const kubeconfig = writeKubeconfig(join(folder, 'no-token.kubeconfig'), {
        server,
        certificate,
        tokenFile: join(folder, 'nothing'),
      })
      const error = await rejectionOf((await connectCluster({ kubeconfig })).list(maps))
      expect(error.code).toBe('MIG_CLUSTER_CONFIG')
      expect(error.message).toContain('nothing')
    })
  })
})
