import * as v from 'valibot'
import type {
  ClientIdentity,
  ClientPresetName,
  ClientsInput,
  ClientWhen,
} from '../../../types/machine/clients.js'
import { readText, validateDocument } from '../../config/document/validate-document.js'
import { readYamlText } from '../../config/document/yaml-text.js'
import { listOf, mapping, otherThan } from '../../config/schema/schema-parts.js'
import { nowhere } from '../../model/document-path.js'
import type { DocumentKind } from '../../model/document-text.js'
import { keyOf } from './client-programs.js'

/** A client as a document has it, with presets as their units. */
export interface WantedClient {
  readonly identity: ClientIdentity
  readonly when: ClientWhen
}

const kind: DocumentKind = { code: 'MIG_CONFIG_INVALID', subject: 'The clients document' }

/** In the order in which they are to be stopped: what depends on others comes first. Source: mig-parted v0.15.0, hooks.sh. */
const presets: Readonly<Record<ClientPresetName, readonly string[]>> = {
  kubelet: ['kubelet.service'],
  dcgm: ['dcgm-exporter.service', 'nvidia-dcgm.service', 'dcgm.service'],
  nvsm: ['nvsm.service'],
  fabricmanager: ['nvidia-fabricmanager.service'],
  persistenced: ['nvidia-persistenced.service'],
}

const presetNames = Object.keys(presets) as ClientPresetName[]
const whens: readonly ClientWhen[] = ['holding', 'reset', 'mode', 'change']
const runtimes = ['docker', 'podman', 'nerdctl'] as const

const word = <const Word extends string>(words: readonly Word[]) =>
  v.picklist(words, `must be one of ${words.join(', ')}`)

const when = v.optional(word(whens), 'holding')
const text = v.string((issue) => `must be text, ${otherThan(issue)}`)

// A name becomes an argument of a program, so that none may look like an option (systemd.unit(5)).
const unitName = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,254}$/, 'is not the name of a unit'),
  v.regex(/\.(service|socket|target|scope|slice|timer|path)$/, 'must end as units do: .service'),
)
const containerName = v.pipe(
  text,
  v.regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,254}$/, 'is not the name of a container'),
)

const unknownField = v.never('is not a field of a client')
const forms = {
  preset: v.objectWithRest({ preset: word(presetNames), when }, unknownField),
  container: v.objectWithRest(
    { container: containerName, runtime: v.optional(word(runtimes), 'docker'), when },
    unknownField,
  ),
  unit: v.objectWithRest({ unit: unitName, when }, unknownField, 'is missing'),
}

const client = v.pipe(
  mapping,
  v.lazy((input) => {
    const fields = Object(input)
    if ('preset' in fields) return forms.preset
    return 'container' in fields ? forms.container : forms.unit
  }),
)

const schema = v.pipe(
  mapping,
  v.objectWithRest(
    {
      version: v.literal('v1', (issue) => `must be the text "v1", ${otherThan(issue)}`),
      clients: listOf(client, 'clients'),
    },
    v.never('is not a field of a clients document'),
    'is missing',
  ),
)

/** Throws `MIG_CONFIG_INVALID` with every problem of the document. A client that stands there twice counts once. */
export function parseClients(input: ClientsInput): readonly WantedClient[] {
  const { value, locate } =
    typeof input === 'string'
      ? readText(kind, () => readYamlText(input, false))
      : { value: input, locate: nowhere }
  const { clients } = validateDocument(schema, value, kind, locate)
  const all = clients.flatMap((each): readonly WantedClient[] => {
    if ('preset' in each)
      return presets[each.preset].map((name) => ({ identity: unitOf(name), when: each.when }))
    if ('unit' in each) return [{ identity: unitOf(each.unit), when: each.when }]
    const { container: name, runtime: program } = each
    return [{ identity: { kind: 'container', name, program }, when: each.when }]
  })
  const names = all.map(({ identity }) => keyOf(identity))
  return all.filter((_, position) => names.indexOf(names[position] ?? '') === position)
}

function unitOf(name: string): ClientIdentity {
  return { kind: 'unit', name, program: 'systemctl' }
}
