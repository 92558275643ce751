import type { RequestOptions } from 'node:https'
import type { ConnectClusterOptions } from '../../../types/kubernetes/cluster-client.js'
import { MigError } from '../../errors.js'

/** What this library uses of the KubeConfig of `@kubernetes/client-node`, which 1.4 and 2 both have. */
export interface KubeConfig {
  loadFromFile(file: string): void
  loadFromDefault(): void
  getCurrentContext(): string
  setCurrentContext(context: string): void
  getContextObject(name: string): object | null
  getCurrentCluster(): { readonly server: string } | null
  applyToHTTPSOptions(options: RequestOptions): Promise<void>
}

// Not written at the import: the declarations of the package need others, which nobody else has to install.
const packageName: string = '@kubernetes/client-node'

type KubeConfigClass = new () => KubeConfig

let loading: Promise<KubeConfigClass> | undefined

/** The class from the package, which is loaded when a program first connects. */
export function loadKubeConfigClass(): Promise<KubeConfigClass> {
  loading ??= importClass()
  return loading
}

/** The configuration as its files say it now. */
export function readKubeConfig(
  KubeConfig: KubeConfigClass,
  { kubeconfig, context }: ConnectClusterOptions,
): KubeConfig {
  const config = new KubeConfig()
  try {
    if (kubeconfig === undefined) config.loadFromDefault()
    else config.loadFromFile(kubeconfig)
  } catch (cause) {
    throw configError(cause instanceof Error ? cause.message : String(cause), cause)
  }
  // What the package makes up where it finds nothing: http://localhost:8080, where no cluster of today listens.
  if (kubeconfig === undefined && config.getCurrentContext() === 'loaded-context')
    throw configError(
      'there is none: no $KUBECONFIG, no ~/.kube/config, and no service account of a pod',
    )
  if (context !== undefined) {
    if (config.getContextObject(context) === null)
      throw configError(`there is no context ${context}`)
    config.setCurrentContext(context)
  }
  if (config.getCurrentCluster() === null) throw configError('its current context has no cluster')
  return config
}

/** The kubeconfig, or the token that it names, is of no use. */
export function configError(why: string, cause?: unknown): MigError {
  return new MigError('MIG_CLUSTER_CONFIG', `The kubeconfig cannot be used: ${why}`, {
    hint: 'outside of a pod, name a kubeconfig, or set KUBECONFIG; in a pod, mount the token of the service account',
    cause,
  })
}

async function importClass(): Promise<KubeConfigClass> {
  try {
    const { KubeConfig } = (await import(packageName)) as { readonly KubeConfig: KubeConfigClass }
    return KubeConfig
  } catch (cause) {
    loading = undefined
    throw new MigError(
      'MIG_PACKAGE_MISSING',
      'The package @kubernetes/client-node cannot be loaded. Everything that talks to a cluster needs it',
      {
        hint: 'npm install @kubernetes/client-node: version 1.4 on Node 20, version 2 from Node 22.19',
        cause,
      },
    )
  }
}
