import { spawnSync } from 'node:child_process'

export interface Sample {
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly value: number
}

/** The samples of a text in Prometheus' format. Throws for a line that is neither a sample nor a comment. */
export function samplesOf(text: string): readonly Sample[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('# '))
    .map((line) => {
      const [, name = '', labels = '', value = ''] =
        /^([a-z_]+)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\[\\"n])*",?)*)\})? (\S+)$/.exec(line) ?? []
      if (name === '') throw new Error(`no sample: ${line}`)
      return { name, labels: labelsOf(labels), value: Number(value) }
    })
}

function labelsOf(text: string): Record<string, string> {
  return Object.fromEntries(
    [...text.matchAll(/([a-z_]+)="((?:[^"\\]|\\.)*)"/g)].map(([, label = '', value = '']) => [
      label,
      value.replace(/\\(.)/g, (_, letter) => (letter === 'n' ? '\n' : letter)),
    ]),
  )
}

/** The values of one metric, by the value of one of its labels; of the GPU with this id alone, if one is given. */
export function valuesBy(
  text: string,
  name: string,
  label: string,
  gpu?: string,
): Record<string, number> {
  const samples = samplesOf(text).filter(
    (sample) => sample.name === name && (gpu === undefined || sample.labels['hw_id'] === gpu),
  )
  return Object.fromEntries(samples.map(({ labels, value }) => [labels[label] ?? '', value]))
}

/** The value of a metric without labels. */
export function singleValue(text: string, name: string): number | undefined {
  return samplesOf(text).find((sample) => sample.name === name)?.value
}

const isThere = spawnSync('promtool', ['--version']).error === undefined
if (!isThere) console.log('SKIPPED: metrics by promtool check metrics: promtool is not installed')

/** What Prometheus' own check finds wrong with a text; empty: nothing. Null where the program is missing. */
export function promtoolFindings(text: string): string | null {
  if (!isThere) return null
  const { status, stdout, stderr } = spawnSync('promtool', ['check', 'metrics'], {
    input: text,
    encoding: 'utf8',
    timeout: 60_000,
  })
  return status === 0 ? `${stdout}${stderr}` : `status ${status}: ${stdout}${stderr}`
}
