import type { NodeLayout } from '../../../types/kubernetes/node-layout.js'
import type { Geometry } from '../../../types/model/geometry.js'
import { validateDocument } from '../../config/document/validate-document.js'
import { MigError, toError } from '../../errors.js'
import { cached } from '../../model/cached.js'
import type { DocumentKind } from '../../model/document-text.js'
import { deepFreeze } from '../../model/freeze.js'
import { completeGeometry } from '../../model/geometry.js'
import { layoutSchema } from './layout-schema.js'
import { layoutVersion } from './node-layout.js'

const kind: DocumentKind = { code: 'MIG_LAYOUT_INVALID', subject: 'The layout of the node' }

/**
 * Reads the annotation `mig-nvml/layout` of a node. It is what some program has written there, so each field is checked.
 *
 * @throws MigError `MIG_LAYOUT_INVALID`: it is no layout, or one of a later version. TypeError for what is no string.
 */
export function readNodeLayout(text: string): NodeLayout {
  if (typeof text !== 'string')
    throw new TypeError('readNodeLayout: the text of the annotation must be a string')
  const value = parse(text)
  const version: unknown = Reflect.get(Object(value), 'version')
  if (version !== layoutVersion)
    throw new MigError(
      kind.code,
      typeof version === 'string'
        ? `${kind.subject} has version ${JSON.stringify(version.slice(0, 100))}, which this package does not know`
        : `${kind.subject} has no version`,
    )
  const { state, ...layout } = validateDocument(layoutSchema, value, kind)
  // GPUs of a kind share theirs: a reader of a thousand nodes has eight thousand of them.
  const geometries = new Map<string, Geometry | null>()
  const gpus = state.gpus.map((gpu) => {
    const { name, pciDeviceId, pciSubsystemId, memoryMiB, mig } = gpu
    const kind = JSON.stringify([name, pciDeviceId, pciSubsystemId, memoryMiB, mig === null])
    const geometry = cached(geometries, kind, () =>
      completeGeometry({ ...gpu, geometry: null }, state.driverVersion),
    )
    return { ...gpu, geometry }
  })
  return deepFreeze({ ...layout, state: { ...state, gpus } })
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new MigError(kind.code, `${kind.subject} is not valid JSON: ${toError(cause).message}`, {
      cause,
    })
  }
}
