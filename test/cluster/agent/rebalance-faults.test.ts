import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fate } from '../harness/fault-proxy.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { createFaultyRebalance, type FaultyRebalance } from './faulty-rebalance.js'
import { rebalanceRecordOf } from './rebalance-world.js'
import { rebalancerToken } from './rebalancer-account.js'

interface Request {
  readonly method: string
  readonly url: URL
}

const isOfNode = ({ method, url }: Request): boolean =>
  method === 'PATCH' && url.pathname.startsWith('/api/v1/nodes/')
/** The first one of the Lease and those of the node: each look renews the Lease, as often as it takes. */
const isWrite = (request: Request): boolean => request.method === 'POST' || isOfNode(request)

const status = (code: number, reason: string): Fate => ({
  status: code,
  headers: code === 429 ? { 'retry-after': '1' } : {},
  body: { kind: 'Status', status: 'Failure', code, reason, message: `${reason} by a test` },
})

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'a rebalancer whose API server fails at every step',
  () => {
    let faulty: FaultyRebalance
    beforeAll(async () => {
      faulty = await createFaultyRebalance()
    })
    afterAll(() => faulty?.[Symbol.asyncDispose]())
    beforeEach(() => faulty.proxy.decide(() => 'pass'))

    test.each([
      ['429 Too Many Requests', status(429, 'TooManyRequests')],
      ['503 Service Unavailable', status(503, 'ServiceUnavailable')],
      ['401 Unauthorized', status(401, 'Unauthorized')],
      ['a connection that is cut', 'cut'],
      ['an answer that breaks off', 'half'],
    ] as const)('%s after each write: the run ends as planned', async (_, fate) => {
      let writes = 0
      let isNext = false
      faulty.proxy.decide((request) => {
        const fails = isNext
        isNext = !fails && isWrite(request)
        if (isNext) writes++
        return fails ? fate : 'pass'
      })
      await faulty.removeLease()
      await faulty.begin()
      await faulty.endsWell(await faulty.start())
      expect(writes).toBeGreaterThan(2)
    })

    test('the answer to each write is lost, though the write is done: the run ends as planned', async () => {
      let lost = 0
      faulty.proxy.decide((request) => (isOfNode(request) ? { lost: () => void lost++ } : 'pass'))
      await faulty.begin()
      await faulty.endsWell(await faulty.start())
      expect(lost).toBe(2)
    })

    test('another writer changes the node before each write: the run ends as planned, and keeps what it wrote', async () => {
      let writes = 0
      const written: string[] = []
      const { admin } = faulty.cluster
      faulty.proxy.decide(async (request): Promise<Fate> => {
        // The second attempt at the same write gets through.
        if (!isOfNode(request) || ++writes % 2 === 0) return 'pass'
        const label = `a.test/write-${writes}`
        await admin.merge(
          { apiVersion: 'v1', resource: 'nodes', name: faulty.world.node.name },
          { metadata: { labels: { [label]: 'kept' } } },
        )
        written.push(label)
        return 'pass'
      })
      await faulty.begin()
      await faulty.endsWell(await faulty.start())
      // The agent writes its layout meanwhile, too.
      expect(writes).toBeGreaterThan(3)
      // A write that begins now is not in the answer.
      const before = [...written]
      const { labels = {} } = (await faulty.world.object()).metadata
      expect(Object.keys(labels)).toEqual(expect.arrayContaining(before))
    })

    test('a token that expires in the middle and is renewed later: the run ends as planned', async () => {
      const { cluster, proxy, world } = faulty
      const tokenFile = join(world.node.folder, 'rebalancer-token')
      writeFileSync(tokenFile, await rebalancerToken(cluster, 3600))
      await faulty.begin()
      const since = (await rebalanceRecordOf(world))?.since
      const program = await faulty.start({ tokenFile })
      await until('the change', async () => {
        const record = await rebalanceRecordOf(world)
        return record?.state === 'going' && record.since !== since
      })
      // The API server leaves ten seconds for clocks that differ, hence an hour.
      writeFileSync(tokenFile, await rebalancerToken(cluster, -3600))
      let refused = 0
      proxy.watchAnswers(({ statusCode }) => {
        if (statusCode === 401) refused++
      })
      // After a failure the file is read again.
      let isCut = false
      proxy.decide(() => {
        const fate = isCut ? 'pass' : 'cut'
        isCut = true
        return fate
      })
      await until('a refusal by the API server', () => refused > 2)
      writeFileSync(tokenFile, await rebalancerToken(cluster, 3600))
      await faulty.endsWell(program)
    })

    test.each([
      ['before', 'that is kept'],
      ['after', 'that is kept'],
      ['after', 'that is taken back'],
    ] as const)(
      'kill -9 %s each write of a change %s, one after the other: the next rebalancer ends it as planned',
      async (when, end) => {
        const comes = end === 'that is kept'
        let writes = 0
        for (let nth = 1; ; nth++) {
          // By hand, so that the next one has not to wait for it.
          await faulty.removeLease()
          await faulty.begin(comes)
          const program = await faulty.start()
          let seen = 0
          let killed: Promise<void> | undefined
          const kill = (): void => {
            killed = program.stop('SIGKILL')
          }
          faulty.proxy.decide((request): Fate => {
            if (killed !== undefined || !isWrite(request) || ++seen !== nth) return 'pass'
            if (when === 'after') return { lost: kill }
            kill()
            return 'cut'
          })
          await until('the end of the rebalancer, or its kill', () => program.ended(), 240_000)
          const isKilled = killed !== undefined
          await killed
          faulty.proxy.decide(() => 'pass')
          if (isKilled) await faulty.removeLease()
          await faulty.endsWell(isKilled ? await faulty.start() : program)
          if (!isKilled) break
          writes = nth
        }
        // The Lease, the begin and the end; a change that is taken back has one more.
        expect(writes).toBeGreaterThanOrEqual(comes ? 3 : 4)
      },
    )
  },
)
