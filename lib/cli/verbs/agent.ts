import type { ClusterClient } from '../../../types/kubernetes/cluster-client.js'
import type { KubeletClient } from '../../../types/kubernetes/kubelet.js'
import type { MigStrategy } from '../../../types/kubernetes/strategy.js'
import { strategies } from '../../kubernetes/check-options.js'
import { readTextFile } from '../../system/read-text.js'
import { draDriverIn } from '../parse/cluster-names.js'
import { driverOptions } from '../parse/machine.js'
import { choiceOf, given, optionalNumber, required, textOf } from '../parse/option-values.js'
import { kindOf, resetSettings } from '../parse/settings.js'
import { type OptionValues, refuseOverLimit, UsageError, type Verb } from '../parse/verb.js'
import { agentOptions } from './agent-options.js'

export const agentVerb: Verb = {
  usage: '--node-name NAME [-f FILE] [options]',
  options: agentOptions,
  async run(values, terminal) {
    const node = required(values, 'node-name')
    const checked = {
      ...advertisedIn(values),
      ...given('gracePeriodSeconds', optionalNumber(values, 'grace-period')),
      ...resetSettings(values),
      settings: settingsOf(values),
      intervalMs: (optionalNumber(values, 'interval', 1) ?? 30) * 1000,
      layoutIntervalMs: (optionalNumber(values, 'layout-interval') ?? 30) * 1000,
    }
    const clientsFile = textOf(values, 'clients')
    const clients =
      clientsFile === undefined
        ? undefined
        : await readTextFile(
            clientsFile,
            kindOf(`The clients document ${clientsFile}`),
            terminal.signal,
          )
    const [{ runNodeAgent }, { systemClock }, { createAgentMetrics }, { readBootId }] =
      await Promise.all([
        import('../../agent/loop/run-agent.js'),
        import('../../agent/node/clock.js'),
        import('../../agent/loop/agent-metrics.js'),
        import('../../system/boot-id.js'),
      ])
    const { cluster, kubelet } = await connect(values)
    const metrics = createAgentMetrics()
    const library = driverOptions(values, terminal)
    const listen = textOf(values, 'listen')
    const { serveAgent } = await import('../../agent/loop/serve.js')
    const server = listen === undefined ? null : await serveAgent(listen, metrics, library)
    const log = (line: string): void => terminal.err(`${new Date().toISOString()} ${line}\n`)
    log(`the agent of node ${node} runs${server === null ? '' : `, and serves ${server.url}`}`)
    try {
      await runNodeAgent(
        {
          node,
          cluster,
          ...given('kubelet', kubelet),
          ...given('configFile', textOf(values, 'config-file')),
          ...given('defaultConfigFile', textOf(values, 'default-config-file')),
          stateFolder: textOf(values, 'state-dir') ?? '/var/lib/mig-nvml/agent',
          ...given('cdi', cdiOf(values)),
          ...given('clients', clients),
          ...given('library', library.library),
          ...checked,
          clock: systemClock,
          readBootId,
          reboot: async () =>
            (await import('../../agent/loop/reboot-host.js')).rebootHost(
              textOf(values, 'host-root-mount') ?? null,
            ),
          log,
          signal: terminal.signal,
        },
        metrics.count,
      )
    } finally {
      await server?.close()
      kubelet?.close()
    }
    refuseOverLimit(terminal.signal)
    return 0
  },
}

/** What gives out the devices of the node. */
function advertisedIn(values: OptionValues): {
  readonly strategy?: MigStrategy
  readonly draDriver?: string
} {
  const strategy = choiceOf<MigStrategy>(values, 'strategy', strategies)
  const draDriver = draDriverIn(values)
  if (strategy !== undefined && draDriver !== undefined)
    throw new UsageError(
      '--strategy is of a device plugin, and --dra-driver gives out the devices in its place',
    )
  return { ...given('strategy', strategy), ...given('draDriver', draDriver) }
}

async function connect(values: OptionValues): Promise<Connected> {
  const socket = textOf(values, 'kubelet-socket')
  const { connectCluster } = await import('../../agent/client/connect.js')
  const { connectKubelet } = await import('../../agent/kubelet/connect-kubelet.js')
  return {
    cluster: await connectCluster(given('kubeconfig', textOf(values, 'kubeconfig'))),
    kubelet: socket === 'none' ? undefined : await connectKubelet(given('socket', socket)),
  }
}

interface Connected {
  readonly cluster: ClusterClient
  readonly kubelet: KubeletClient | undefined
}

function cdiOf(values: OptionValues): { readonly file: string } | undefined {
  const file = textOf(values, 'cdi')
  return file === undefined ? undefined : { file }
}

function settingsOf(values: OptionValues): object {
  const limit = (name: string): number | undefined => {
    const seconds = optionalNumber(values, name, 1)
    return seconds === undefined ? undefined : seconds * 1000
  }
  return {
    dryRun: values['dry-run'] === true,
    reboot: values['with-reboot'] === true,
    ...given('evictMs', limit('evict-timeout')),
    ...given('pauseMs', limit('pause-timeout')),
    ...given('awaitMs', limit('await-timeout')),
  }
}
