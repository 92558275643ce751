import { writeFileSync } from 'node:fs'

/** A kubeconfig for a server of a test. */
export function writeTestKubeconfig(
  file: string,
  server: string,
  { user = {}, context = 'one' }: { readonly user?: object; readonly context?: string } = {},
): string {
  const config = {
    clusters: [{ name: 'c', cluster: { server, 'insecure-skip-tls-verify': true } }],
    users: [{ name: 'u', user }],
    contexts: [{ name: 'one', context: { cluster: 'c', user: 'u' } }],
    'current-context': context,
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}
