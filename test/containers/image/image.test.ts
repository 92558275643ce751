import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Runtime } from '../box.js'
import { isMissing, pathOf } from '../parts.js'
import { type AgentImage, buildAgentImage } from './agent-image.js'

const runtimes: readonly Runtime[] = ['crun', 'runc']
const runtime = runtimes.find((name) => !isMissing(`podman with ${name}`))

describe.skipIf(runtime === undefined || isMissing('node of the image'))(
  'the image of deploy/Containerfile, as podman builds it',
  () => {
    let image: AgentImage
    let folder: string
    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'mig-nvml-image-test-'))
      image = await buildAgentImage(runtime as Runtime, pathOf('node of the image'))
    }, 900_000)
    afterAll(async () => {
      await image?.[Symbol.asyncDispose]()
      rmSync(folder, { recursive: true, force: true })
    })

    test('has the version of the package', async () => {
      const { status, stdout, stderr } = await image.run([], '--version')
      const { version } = JSON.parse(readFileSync('package.json', 'utf8'))
      expect({ status, stdout, stderr }).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
    })

    test('explains the agent', async () => {
      const { status, stdout } = await image.run([], 'agent', '--help')
      expect(status).toBe(0)
      expect(stdout).toMatch(/^Usage: mig-nvml agent --node-name NAME/m)
    })

    test('starts the agent without any argument, and takes the node from the environment as in the chart', async () => {
      expect((await image.run([])).stderr).toMatch(/--node-name is missing/)
      const { status, stderr } = await image.run(['--env', 'NODE_NAME=node-1'])
      expect(status).toBe(1)
      // It has its client of the cluster, and is in no pod here.
      expect(stderr).toMatch(/MIG_CLUSTER_CONFIG: .*no service account of a pod/)
    })

    test('runs an agent on a machine that it can read, until SIGTERM, with all packages that it needs', async () => {
      const config = join(folder, 'kube')
      mkdirSync(config)
      writeFileSync(
        join(config, 'config'),
        JSON.stringify({
          clusters: [
            {
              name: 'c',
              cluster: { server: 'http://127.0.0.1:1', 'insecure-skip-tls-verify': true },
            },
          ],
          users: [{ name: 'u', user: {} }],
          contexts: [{ name: 'here', context: { cluster: 'c', user: 'u' } }],
          'current-context': 'here',
        }),
      )
      const options = ['--volume', `${config}:/kube:ro`, '--env', 'NODE_NAME=node-1']
      const kubeconfig = ['--kubeconfig=/kube/config', '--listen=127.0.0.1:9402']
      const machine = ['--simulate', 'A100-SXM4-40GB +mig']
      const agent = image.start(options, 'agent', ...kubeconfig, ...machine)
      let log = ''
      const ended = once(agent, 'exit')
      agent.stderr?.on('data', (chunk) => {
        log += chunk
        if (log.includes('cannot read the node')) agent.kill('SIGTERM')
      })
      expect(await ended).toEqual([0, null])
      expect(log).toMatch(/the agent of node node-1 runs, and serves http:\/\/127\.0\.0\.1:9402/)
      expect(log).toMatch(/cannot read the node: .*127\.0\.0\.1:1 does not answer/)
    })

    test('has the binaries of the package and no packages for its development', async () => {
      const { stdout } = await image.run(
        ['--entrypoint', '/bin/sh'],
        '-c',
        'ls /opt/mig-nvml/node_modules',
      )
      expect(stdout.split('\n')).toContain('mig-nvml')
      expect(stdout.split('\n')).not.toContain('vitest')
      const shown = await image.run([], 'status', '--simulate', 'A100-SXM4-40GB +mig')
      expect(shown.stdout, shown.stderr).toMatch(/A100-SXM4-40GB/)
    })
  },
)
