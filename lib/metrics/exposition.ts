import { visibleText } from '../model/visible-text.js'

/** Samples of one metric, with all that the text format says about it. */
export interface Family {
  /** With its unit, and for a counter with `_total`. */
  readonly name: string
  readonly type: 'gauge' | 'counter'
  /** One line. */
  readonly help: string
  readonly samples: readonly Sample[]
}

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

export type Labels = Readonly<Record<string, string>>

/**
 * The text exposition format 0.0.4 of Prometheus, without timestamps, which node_exporter's textfile collector refuses.
 * Source: prometheus.io/docs/instrumenting/exposition_formats.
 */
export function formatFamilies(families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, type, help, samples }) => {
      const lines = [`# HELP ${name} ${escapeText(help)}`, `# TYPE ${name} ${type}`]
      return `${[...lines, ...formatSamples(name, samples)].join('\n')}\n`
    })
    .join('')
}

/** Two samples with equal labels would void the whole text. A driver that gives two GPUs one UUID loses the second. */
function formatSamples(name: string, samples: readonly Sample[]): readonly string[] {
  const lines = new Map<string, string>()
  for (const { labels, value } of samples) {
    const series = `${name}${formatLabels(labels)}`
    if (!lines.has(series)) lines.set(series, `${series} ${value}`)
  }
  return [...lines.values()]
}

function formatLabels(labels: Labels): string {
  const pairs = Object.entries(labels).map(([label, value]) => `${label}="${escapeLabel(value)}"`)
  return pairs.length === 0 ? '' : `{${pairs.join(',')}}`
}

/** The driver decides names. A control character in one is written out, so that it does nothing in a terminal. */
function escapeLabel(value: string): string {
  return escapeText(visibleText(value)).replaceAll('"', '\\"')
}

function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
