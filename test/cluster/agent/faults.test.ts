import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Fate } from '../harness/fault-proxy.js'
import { agentToken } from '../harness/node-agent.js'
import { until } from '../harness/until.js'
import { hasNoCluster, isMissing } from '../programs.js'
import { createFaultyWorld, type FaultyWorld, faultyNode } from './faulty-world.js'

interface Request {
  readonly method: string
  readonly url: URL
}

/** The record: the agent writes it before each step. The condition beside it is for people. */
const isRecord = ({ method, url }: Request): boolean =>
  method === 'PATCH' && url.pathname === `/api/v1/nodes/${faultyNode}`
const isWatch = ({ url }: Request): boolean => url.searchParams.get('watch') === 'true'

const status = (code: number, reason: string): Fate => ({
  status: code,
  headers: code === 429 ? { 'retry-after': '1' } : {},
  body: { kind: 'Status', status: 'Failure', code, reason, message: `${reason} by a test` },
})

describe.skipIf(hasNoCluster() || isMissing('helm', 'kubectl'))(
  'an agent whose API server fails at every step of a run',
  () => {
    let faulty: FaultyWorld
    beforeAll(async () => {
      faulty = await createFaultyWorld()
    })
    afterAll(() => faulty[Symbol.asyncDispose]())
    beforeEach(() => faulty.proxy.decide(() => 'pass'))

    /** After each write of the record, the next request fails. The result is how many writes there have been. */
    const failAfterWrites = (fate: Fate): (() => number) => {
      let writes = 0
      let isNext = false
      faulty.proxy.decide((request) => {
        const fails = isNext && !isWatch(request)
        isNext = !fails && (isNext || isRecord(request))
        if (isRecord(request) && !fails) writes++
        return fails ? fate : 'pass'
      })
      return () => writes
    }

    test.each([
      ['429 Too Many Requests', status(429, 'TooManyRequests')],
      ['500 Internal Server Error', status(500, 'InternalError')],
      ['503 Service Unavailable', status(503, 'ServiceUnavailable')],
      ['401 Unauthorized', status(401, 'Unauthorized')],
      ['a connection that is cut', 'cut'],
      ['an answer that breaks off', 'half'],
    ] as const)('%s after each write: the run ends well', async (_, fate) => {
      const writes = failAfterWrites(fate)
      await faulty.begin()
      await faulty.settles()
      expect(writes()).toBeGreaterThan(9)
    })

    test('a request before the evictions that never gets an answer is given up at the limit of the client: the run ends well', async () => {
      let hung = 0
      faulty.proxy.decide(async (request): Promise<Fate> => {
        const isNext = hung === 0 && !isWatch(request) && request.url.pathname.endsWith('/pods')
        if (!isNext || (await faulty.world.record())?.step !== 'evict') return 'pass'
        hung++
        return 'hang'
      })
      await faulty.begin()
      await faulty.settles()
      expect(hung).toBe(1)
      expect(faulty.world.agent().log()).toContain('has not answered within 30000 ms')
    })

    test('the answer to each write is lost, though the write is done: the run ends well', async () => {
      let lost = 0
      let isSecond = false
      faulty.proxy.decide((request) => {
        if (!isRecord(request)) return 'pass'
        isSecond = !isSecond
        return isSecond ? { lost: () => void lost++ } : 'pass'
      })
      await faulty.begin()
      await faulty.settles()
      expect(lost).toBeGreaterThan(5)
    })

    test('410 Gone to each watch, in the stream or as an answer, while connections end after each write: the run ends well', async () => {
      let writes = 0
      let gone = 0
      faulty.proxy.decide((request) => {
        if (isRecord(request)) {
          writes++
          faulty.proxy.cutWatches()
        }
        if (!isWatch(request)) return 'pass'
        const object = { kind: 'Status', status: 'Failure', code: 410, reason: 'Expired' }
        gone++
        if (gone % 3 === 0) return 'pass'
        return gone % 3 === 1
          ? { status: 410, body: object }
          : { status: 200, body: { type: 'ERROR', object } }
      })
      await faulty.begin()
      await faulty.settles()
      expect(writes).toBeGreaterThan(9)
      // The run may be over before the watch has tried again.
      await until('a watch that is answered', () => gone > 2)
    })

    test('each answer comes late: the run ends well', async () => {
      let calls = 0
      faulty.proxy.decide(async (): Promise<Fate> => {
        calls++
        await sleep(400)
        return 'pass'
      })
      await faulty.begin()
      await faulty.settles()
      expect(calls).toBeGreaterThan(20)
    })

    test('another writer changes the node before each write: the run ends well, and keeps what it wrote', async () => {
      let writes = 0
      const written: string[] = []
      const { admin } = faulty.cluster
      faulty.proxy.decide(async (request): Promise<Fate> => {
        // The second attempt at the same write gets through.
        if (!isRecord(request) || ++writes % 2 === 0) return 'pass'
        const label = `a.test/write-${writes}`
        await admin.merge(
          { apiVersion: 'v1', resource: 'nodes', name: faultyNode },
          { metadata: { labels: { [label]: 'kept' } } },
        )
        written.push(label)
        return 'pass'
      })
      await faulty.begin()
      await faulty.settles()
      expect(writes).toBeGreaterThan(18)
      // A write that begins now is not in the answer.
      const before = [...written]
      const { labels = {} } = (await faulty.world.object()).metadata
      expect(Object.keys(labels)).toEqual(expect.arrayContaining(before))
    })

    test('a token that has expired in the middle of the change is renewed later: the run goes on', async () => {
      const { world, cluster } = faulty
      world.node.machine.setLatency('a100')
      await faulty.begin()
      await until('the change', async () => (await world.record())?.step === 'apply')
      await world.agent().stop('SIGKILL')
      const tokenFile = join(world.node.folder, 'token')
      // The API server leaves ten seconds for clocks that differ, hence an hour.
      writeFileSync(tokenFile, await agentToken(cluster, faultyNode, -3600))
      let refused = 0
      faulty.proxy.watchAnswers(({ statusCode }) => {
        if (statusCode === 401) refused++
      })
      await faulty.start({ tokenFile })
      await until('a refusal by the API server', () => refused > 2)
      writeFileSync(tokenFile, await agentToken(cluster, faultyNode, 3600))
      await faulty.settles()
      world.node.machine.setLatency('none')
    })
  },
)
