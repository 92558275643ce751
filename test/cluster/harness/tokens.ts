import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The issuer in tokens of service accounts. */
export const issuer = 'https://kubernetes.default.svc'

/** The account of a token. */
export interface TokenSubject {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The node of the pod that has the token. */
  readonly node?: { readonly name: string; readonly uid: string }
}

/** Signs tokens of service accounts as the API server does, which does not issue any that end within ten minutes. */
export interface TokenSigner {
  readonly privateKeyFile: string
  readonly publicKeyFile: string
  sign(subject: TokenSubject, lifetimeSeconds: number): string
}

export function createTokenSigner(folder: string): TokenSigner {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  const [privateKeyFile, publicKeyFile] = [join(folder, 'sa.key'), join(folder, 'sa.pub')]
  writeFileSync(privateKeyFile, pem(privateKey, 'pkcs8'), { mode: 0o600 })
  writeFileSync(publicKeyFile, pem(publicKey, 'spki'))
  return {
    privateKeyFile,
    publicKeyFile,
    sign({ namespace, name, uid, node }, lifetimeSeconds) {
      const now = Math.floor(Date.now() / 1000)
      const head = part({ alg: 'RS256', typ: 'JWT' })
      const body = part({
        iss: issuer,
        aud: [issuer],
        sub: `system:serviceaccount:${namespace}:${name}`,
        iat: now - 60,
        nbf: now - 60,
        exp: now + lifetimeSeconds,
        'kubernetes.io': { namespace, serviceaccount: { name, uid }, node },
      })
      const signature = createSign('RSA-SHA256')
        .update(`${head}.${body}`)
        .sign(privateKey, 'base64url')
      return `${head}.${body}.${signature}`
    },
  }
}

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

const pem = (key: KeyObject, type: 'pkcs8' | 'spki'): string =>
  type === 'pkcs8'
    ? key.export({ type, format: 'pem' }).toString()
    : key.export({ type, format: 'pem' }).toString()
