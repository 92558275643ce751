import type {
  ConnectKubeletOptions,
  KubeletCallOptions,
  KubeletClient,
} from '../../../types/kubernetes/kubelet.js'
import { isMigError } from '../../errors.js'
import { checkOptions } from '../../model/checks/check-options.js'
import type { RulesOf } from '../../model/checks/find-fault.js'
import { milliseconds, nonEmpty, objectOf } from '../../model/checks/kinds.js'
import { deepFreeze } from '../../model/freeze.js'
import { connectService } from './call.js'
import { loadGrpc } from './grpc.js'
import { podResourcesMessages } from './messages/pod-resources.js'
import { type DevicesMessage, type PodMessage, readDevices, readPod } from './read-pods.js'

const podResourcesSocket = '/var/lib/kubelet/pod-resources/kubelet.sock'

const rules: RulesOf<ConnectKubeletOptions> = { socket: nonEmpty, timeoutMs: milliseconds }

/**
 * Connects to the podresources API of this node's kubelet. The connection is made with the first call, and again after a restart
 * of the kubelet.
 *
 * @throws TypeError for wrong options; MigError `MIG_PACKAGE_MISSING` without the optional packages for gRPC.
 */
export async function connectKubelet(options: ConnectKubeletOptions = {}): Promise<KubeletClient> {
  checkOptions('connectKubelet', options, objectOf(rules))
  const { socket = podResourcesSocket, timeoutMs = 10_000 } = options
  const service = connectService(await loadGrpc(podResourcesMessages), 'PodResourcesLister', socket)
  const call = <Response>(
    method: string,
    request: object,
    limits: KubeletCallOptions = {},
  ): Promise<Response> => service.call(method, request, { timeoutMs, ...limits })
  return {
    async listPods(limits) {
      const { pods } = await call<{ readonly pods: readonly PodMessage[] }>('List', {}, limits)
      return deepFreeze(pods.map(readPod))
    },
    async getPod({ namespace, name }, limits) {
      const pod = await call<{ readonly pod: PodMessage | null }>(
        'Get',
        { namespace, name },
        limits,
      ).then(
        (answer) => answer.pod,
        (error: unknown) => {
          // The kubelet has no code of its own for it.
          if (isMigError(error) && /\bnot found$/.test(error.message)) return null
          throw error
        },
      )
      return pod === null ? null : deepFreeze(readPod(pod))
    },
    async listAllocatable(limits) {
      const { devices } = await call<{ readonly devices: readonly DevicesMessage[] }>(
        'GetAllocatableResources',
        {},
        limits,
      )
      return deepFreeze(readDevices(devices))
    },
    close: service.close,
    [Symbol.dispose]: service.close,
  }
}
