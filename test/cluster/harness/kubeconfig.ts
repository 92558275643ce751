import { writeFileSync } from 'node:fs'

/** How a client comes to the API server. */
export interface KubeconfigParts {
  readonly server: string
  /** The file with its certificate; absent: it is not checked, as for plain HTTP. */
  readonly certificate?: string
  /** The token, or the file in which it stands and changes. */
  readonly token?: string
  readonly tokenFile?: string
}

/** A kubeconfig; JSON is YAML. */
export function writeKubeconfig(file: string, parts: KubeconfigParts): string {
  const { server, certificate, token, tokenFile } = parts
  const trust =
    certificate === undefined
      ? { 'insecure-skip-tls-verify': true }
      : { 'certificate-authority': certificate }
  const user =
    tokenFile === undefined
      ? { token }
      : { 'auth-provider': { name: 'tokenFile', config: { tokenFile } } }
  const content = {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'test', cluster: { server, ...trust } }],
    users: [{ name: 'test', user }],
    contexts: [{ name: 'test', context: { cluster: 'test', user: 'test' } }],
    'current-context': 'test',
  }
  writeFileSync(file, JSON.stringify(content), { mode: 0o600 })
  return file
}
