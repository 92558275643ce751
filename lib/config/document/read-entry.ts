import type { MigConfigDocument, MigConfigEntry } from '../../../types/config/config.js'
import type {
  DeviceRequests,
  GpuSelector as GpuSelectorText,
  MigNvmlConfigDocument,
  MigNvmlConfigEntry,
  NamedDevices,
  NeededDevices,
} from '../../../types/config/mig-nvml-config.js'
import type { DocumentPath } from '../../model/document-path.js'
import type {
  ConfigEntry,
  CountedRequest,
  EntryWants,
  GpuSelector,
  PlacementRequest,
  SizeRequest,
} from './entry.js'

/** A version 1 entry is a `mig-nvml/v1` entry whose filters do not accept model names. */
export function readEntry(
  entry: MigNvmlConfigEntry,
  version: (MigConfigDocument | MigNvmlConfigDocument)['version'],
  position: number,
  path: DocumentPath,
): ConfigEntry {
  const devices = readDevices(entry.devices)
  const wants = readWants(entry, path)
  const devicesPath = [...path, 'devices']
  return {
    position,
    path,
    paths: {
      devices: devicesPath,
      selectors: Array.isArray(entry.devices)
        ? entry.devices.map((_, item) => [...devicesPath, item])
        : [devicesPath],
      wants: [...path, wants.kind === 'placements' ? 'placements' : wants.field],
    },
    filters: listFilterTexts(entry['device-filter']).map((text) => ({
      kind: version === 'v1' || isPciIds(text) ? 'pci-ids' : 'model',
      text,
    })),
    devices,
    count: entry.count ?? null,
    migEnabled: entry['mig-enabled'] ?? true,
    wants,
    atLeast: entry['at-least'] ?? false,
    keep: entry.keep ?? null,
    add: false,
  }
}

/** Empty: every GPU passes. */
function listFilterTexts(filter: MigConfigEntry['device-filter']): readonly string[] {
  if (filter === undefined || filter === null || filter === '') return []
  const texts = typeof filter === 'string' ? [filter] : filter
  return texts.includes('') ? [] : texts
}

/** No model name begins with a digit. */
export function isPciIds(text: string): boolean {
  return /^\d/.test(text)
}

function readDevices(devices: MigNvmlConfigEntry['devices']): ConfigEntry['devices'] {
  if (devices === 'all') return 'all'
  if (devices === 'others') return 'others'
  return [devices].flat().map(readSelector)
}

export function readSelector(selector: GpuSelectorText): GpuSelector {
  if (typeof selector === 'number') return { kind: 'index', index: selector }
  return selector.startsWith('GPU-')
    ? { kind: 'uuid', uuid: selector }
    : { kind: 'pci-address', address: selector }
}

function readWants(entry: MigNvmlConfigEntry, path: DocumentPath): EntryWants {
  const { placements, 'total-mig-devices': total } = entry
  if (placements !== undefined) {
    return {
      kind: 'placements',
      placements: placements.map(
        ({ profile, start, 'compute-instances': inside }, index): PlacementRequest => ({
          profile,
          start,
          computeInstances:
            inside?.map((part) => ({ profile: part.profile, start: part.start ?? null })) ?? null,
          path: [...path, 'placements', index],
        }),
      ),
    }
  }
  const field = total === undefined ? 'mig-devices' : 'total-mig-devices'
  const requests = entry[field] ?? {}
  return { kind: 'devices', field, requests: readRequests(requests, [...path, field]) }
}

function readRequests(requests: DeviceRequests, path: DocumentPath): readonly CountedRequest[] {
  return isList(requests)
    ? requests.map((request, index) => ({
        size: readSize(request),
        count: request.count ?? 1,
        path: [...path, index],
      }))
    : Object.entries(requests).map(([name, count]) => ({
        size: readName(name),
        count,
        path: [...path, name],
      }))
}

function isList(requests: DeviceRequests): requests is readonly (NamedDevices | NeededDevices)[] {
  return Array.isArray(requests)
}

function readSize(request: NamedDevices | NeededDevices): SizeRequest {
  if ('profile' in request) return readName(request.profile)
  const { 'memory-mib': memoryMiB, 'compute-slices': computeSlices } = request
  const { multiprocessors, engines } = request
  return {
    kind: 'need',
    need: {
      ...(memoryMiB === undefined ? {} : { memoryMiB }),
      ...(computeSlices === undefined ? {} : { computeSlices }),
      ...(multiprocessors === undefined ? {} : { multiprocessors }),
      ...(engines === undefined ? {} : { engines }),
    },
  }
}

export function readName(name: string): SizeRequest {
  return /^id:\d{1,9}$/.test(name)
    ? { kind: 'id', profileId: Number(name.slice('id:'.length)) }
    : { kind: 'name', name }
}
