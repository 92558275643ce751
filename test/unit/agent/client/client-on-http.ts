import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach } from 'vitest'
import { connectCluster } from '../../../../lib/agent/client/connect.js'
import type {
  ClusterClient,
  ConnectClusterOptions,
} from '../../../../types/kubernetes/cluster-client.js'
import { type HttpCluster, startHttpCluster } from '../../../support/http-cluster.js'
import { writeTestKubeconfig } from '../../../support/kube-config.js'

/** The client and a server that it calls. */
export interface ClientOnHttp {
  readonly cluster: HttpCluster
  readonly client: ClusterClient
  readonly folder: string
  connect(options?: ConnectClusterOptions): Promise<ClusterClient>
}

/** A server and a client for each test. */
export function eachTestConnects(): () => ClientOnHttp {
  let world: ClientOnHttp
  beforeEach(async () => {
    const folder = mkdtempSync(join(tmpdir(), 'mig-nvml-client-'))
    const cluster = await startHttpCluster()
    const kubeconfig = writeTestKubeconfig(join(folder, 'config'), cluster.server)
    const connect = (options: ConnectClusterOptions = {}): Promise<ClusterClient> =>
      connectCluster({ kubeconfig, ...options })
    world = {
      cluster,
      folder,
      connect,
      client: await connect(),
    }
  })
  afterEach(async () => {
    await world.cluster[Symbol.asyncDispose]()
    rmSync(world.folder, { recursive: true, force: true })
  })
  return () => world
}
