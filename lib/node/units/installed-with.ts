import { argumentOf } from './unit-words.js'
import { defaultStateFolder, defaultTimeoutSeconds, targetName } from './units.js'

// With which options a service was installed, by its text.

/** In which folder of states the service boots. Null: none of its arguments says it. */
export function stateFolderIn(serviceText: string): string | null {
  const [, word] =
    /^ExecStart=.* ("--state-dir=(?:[^"\\]|\\.)*"|--state-dir=\S+)/m.exec(serviceText) ?? []
  return word === undefined ? null : argumentOf(word).slice('--state-dir='.length)
}

/** The options of one service that another one lacks, as they are written on a command line. */
export function optionsLost(old: string, replacement: string): readonly string[] {
  const kept = new Set(optionsIn(replacement))
  return optionsIn(old).filter((option) => !kept.has(option))
}

/** Without those that are as by default. */
function optionsIn(serviceText: string): readonly string[] {
  const units = /^Before=(.*)$/m.exec(serviceText)?.[1]?.split(' ') ?? []
  const folder = stateFolderIn(serviceText) ?? defaultStateFolder
  const seconds = /^ExecStart=.* --timeout=(\d+)$/m.exec(serviceText)?.[1]
  return [
    ...units
      .filter((unit) => !['', 'shutdown.target', targetName].includes(unit))
      .map((unit) => `--before ${unit}`),
    ...(folder === defaultStateFolder ? [] : [`--state-dir ${folder}`]),
    ...(seconds === undefined || Number(seconds) === defaultTimeoutSeconds
      ? []
      : [`--time-limit ${seconds}`]),
  ]
}
