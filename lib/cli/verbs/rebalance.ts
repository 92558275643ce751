import { hostname } from 'node:os'
import type { RebalanceReserve } from '../../../types/kubernetes/rebalance.js'
import { parseProfileName } from '../../model/profile-names.js'
import { choiceOf, given, optionalNumber, textOf } from '../parse/option-values.js'
import { type OptionValues, refuseOverLimit, UsageError, type Verb } from '../parse/verb.js'
import { rebalanceOptions } from './rebalance-options.js'

export const rebalanceVerb: Verb = {
  usage: '[--dry-run] [--watch] [--max-unavailable N] [options]',
  options: rebalanceOptions,
  async run(values, terminal) {
    const isWatching = values['watch'] === true
    const seconds = (name: string, standard: number, least = 0): number =>
      (optionalNumber(values, name, least) ?? standard) * 1000
    const everyMs = seconds('interval', 30, 1)
    const checked = {
      calm: {
        windowMs: seconds('after', isWatching ? 60 : 0),
        restMs: seconds('rest', isWatching ? 300 : 0),
      },
      reading: {
        retryMs: seconds('retry', 1800),
        move: values['move'] === true,
        modeChanges: choiceOf(values, 'mode-changes', ['none', 'free', 'all']) ?? 'none',
        ...given('reserves', reservesOf(values)),
      },
      maxUnavailable: optionalNumber(values, 'max-unavailable', 1) ?? 1,
      deadlineMs: seconds('plan-timeout', 5, 1),
      agentMs: seconds('agent-timeout', 900, 1),
      podsMs: seconds('pods-timeout', 120),
      everyMs: isWatching ? everyMs : null,
      dryRun: values['dry-run'] === true,
    } as const
    const { connectCluster } = await import('../../agent/client/connect.js')
    const { runRebalance } = await import('../../agent/rebalance/run-rebalance.js')
    const { systemClock } = await import('../../agent/node/clock.js')
    const { describeChange, describeLook } = await import('../print/rebalance.js')
    const shown = new Map<string, string>()
    let isFirst = true
    // A look at a cluster that has not changed prints nothing.
    const show = (part: string, text: string): void => {
      if (text !== (shown.get(part) ?? '')) {
        terminal.out(isFirst || values['json'] === true ? text : `\n${text}`)
        isFirst = false
      }
      shown.set(part, text)
    }
    const returned = await runRebalance({
      ...checked,
      cluster: await connectCluster(given('kubeconfig', textOf(values, 'kubeconfig'))),
      namespace: textOf(values, 'namespace') ?? 'default',
      holder: `${hostname()}-${process.pid}`,
      clock: systemClock,
      signal: terminal.signal,
      onLook(look) {
        if (values['json'] === true) {
          show('look', `${JSON.stringify({ plan: look.plan, leftOut: look.leftOut })}\n`)
          return
        }
        const { plan, leftOut } = describeLook(look, terminal)
        show('plan', plan)
        show('leftOut', leftOut)
      },
      onProgress: (change) =>
        terminal.out(
          values['json'] === true ? `${JSON.stringify(change)}\n` : `${describeChange(change)}\n`,
        ),
      log: (line) => terminal.err(`${line}\n`),
    }).catch((error: unknown) => {
      if (terminal.signal.aborted) refuseOverLimit(terminal.signal)
      if (terminal.signal.aborted && isWatching) return 0
      throw error
    })
    return returned > 0 ? 1 : 0
  },
}

/** `1g.5gb=2,3g.20gb=1` */
function reservesOf(values: OptionValues): readonly RebalanceReserve[] | undefined {
  return textOf(values, 'reserve')
    ?.split(',')
    .map((part) => {
      const [, size = '', count] = /^([^=]+)=(\d+)$/.exec(part.trim()) ?? []
      if (count === undefined || (size !== 'gpu' && parseProfileName(size) === null))
        throw new UsageError(`--reserve takes sizes and counts such as 1g.5gb=2, not '${part}'`)
      return { size, count: Number(count) }
    })
}
