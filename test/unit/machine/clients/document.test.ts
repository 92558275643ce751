import { expect, test } from 'vitest'
import { parseClients } from '../../../../lib/machine/clients/clients-document.js'
import type { ClientsInput } from '../../../../types/machine/clients.js'
import { migErrorOf } from '../../../support/errors.js'

const namesOf = (input: ClientsInput) => parseClients(input).map(({ identity }) => identity.name)

test('a clients document is YAML, JSON or an object, and its order stays', () => {
  const text = `version: v1
clients:
  - preset: dcgm
  - unit: my-exporter@1.service
    when: mode
  - container: trainer
    runtime: podman
`
  const document = {
    version: 'v1',
    clients: [
      { preset: 'dcgm' },
      { unit: 'my-exporter@1.service', when: 'mode' },
      { container: 'trainer', runtime: 'podman' },
    ],
  } as const
  expect(parseClients(text)).toEqual(parseClients(document))
  expect(parseClients(JSON.stringify(document))).toEqual(parseClients(document))
  expect(namesOf(text)).toEqual([
    ...['dcgm-exporter.service', 'nvidia-dcgm.service', 'dcgm.service'],
    ...['my-exporter@1.service', 'trainer'],
  ])
  expect(parseClients(text).at(-2)?.when).toBe('mode')
  expect(parseClients(text).at(-1)).toMatchObject({
    identity: { program: 'podman' },
    when: 'holding',
  })
})

test('a client that a document names twice counts once, at its first place', () => {
  const clients = [{ unit: 'kubelet.service', when: 'change' }, { preset: 'kubelet' }] as const
  expect(parseClients({ version: 'v1', clients })).toMatchObject([{ when: 'change' }])
})

test.each([
  ['version: v2\nclients: []', 'version must be the text "v1"'],
  ['version: v1', 'clients is missing'],
  ['version: v1\nclients: {}', 'must be a list of clients'],
  ['version: v1\nclients: [{unit: kubelet}]', 'clients[0].unit must end as units do'],
  ['version: v1\nclients: [{unit: "-x.service"}]', 'is not the name of a unit'],
  ['version: v1\nclients: [{unit: "a b.service"}]', 'is not the name of a unit'],
  ['version: v1\nclients: [{container: "--all"}]', 'is not the name of a container'],
  ['version: v1\nclients: [{preset: dgcm}]', 'must be one of'],
  ['version: v1\nclients: [{unit: a.service, when: never}]', 'must be one of holding, reset'],
  ['version: v1\nclients: [{unit: a.service, wen: mode}]', 'is not a field of a client'],
  ['version: v1\nclients: [{}]', 'clients[0].unit is missing'],
  ['version: v1\nclients: [{container: a, runtime: sh}]', 'must be one of docker, podman, nerdctl'],
])('the clients document %j is refused: %s', (text, message) => {
  const error = migErrorOf(() => parseClients(text))
  expect(error.code).toBe('MIG_CONFIG_INVALID')
  expect(error.message).toContain(message)
  expect(error.issues?.[0]?.line).toBeGreaterThan(0)
})
