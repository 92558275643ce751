import type { OciSpec } from '../../types/containers/runtimes.js'
import { output } from '../peers/run.js'
import { pathOf } from './parts.js'

export interface CdiQuestion {
  /** The later one has priority. */
  readonly folders: readonly string[]
  /** Names with their kind. */
  readonly devices?: readonly string[]
  /** What the devices are put into. */
  readonly spec?: OciSpec
}

/** What CDI's own Go package says: cdi-cache/main.go. */
export interface CdiAnswer {
  readonly names: readonly string[]
  readonly errors: Readonly<Record<string, readonly string[]>>
  readonly versions: Readonly<
    Record<string, { readonly declared: string; readonly minimum: string }>
  >
  readonly refusal: string
  readonly spec: OciSpec | null
}

export async function askCdiPackage(
  questions: readonly CdiQuestion[],
): Promise<readonly CdiAnswer[]> {
  const input = questions.map((question) => `${JSON.stringify(question)}\n`).join('')
  const lines = await output(pathOf('container-device-interface'), [], { input })
  return lines
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line))
}
