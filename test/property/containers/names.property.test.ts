import { describe, expect, test } from 'vitest'
import {
  cdiSpec,
  checkCdiSpec,
  deviceNodes,
  listContainerDevices,
  ociEdits,
  resolveVisibleDevices,
} from '../../../lib/containers.js'
import type { MigContainerDevice } from '../../../types/containers/device.js'
import type { Geometry } from '../../../types/model/geometry.js'
import type { GpuState, MigState } from '../../../types/model/state.js'
import { seenMinor, withNumbers } from '../../support/device-numbers.js'
import { geometryOf } from '../../support/geometry.js'
import { gpuWith } from '../../support/model-gpu.js'
import { arbitraryLayout } from '../../support/problems.js'
import fc from '../../support/property.js'

const geometries: readonly [string, Geometry][] = [
  'a30-24gb',
  'a100-40gb',
  'h100-80gb-sxm',
  'rtx-pro-6000-blackwell',
].map((key) => [key, geometryOf(key)])

interface Drawn {
  readonly state: MigState
  readonly gpus: readonly GpuState[]
}

/** Some GPUs of one model, each whole or divided, with ids as drawn and holes among the indexes. */
function arbitraryMachine(geometry: Geometry): fc.Arbitrary<Drawn> {
  const gpu = fc.record({
    layout: arbitraryLayout(geometry),
    enabled: fc.boolean(),
    ids: fc.uniqueArray(fc.nat(14), { minLength: 8, maxLength: 8 }),
    holes: fc.option(fc.uniqueArray(fc.nat(30), { minLength: 30, maxLength: 30 }), { freq: 2 }),
  })
  return fc
    .record({
      drawn: fc.array(gpu, { maxLength: 3 }),
      minors: fc.uniqueArray(fc.nat(31), { minLength: 4, maxLength: 4 }),
    })
    .map(({ drawn, minors }) => {
      const gpus = drawn.map(({ layout, enabled, ids, holes }, index) => {
        const made = gpuWith(geometry, enabled ? layout : [], {
          index,
          mig: { enabled, pending: enabled },
        })
        let next = 0
        return {
          ...made,
          minorNumber: minors[index] ?? index,
          gpuInstances: made.gpuInstances.map((instance, position) => ({
            ...instance,
            id: ids[position] ?? position,
            computeInstances: instance.computeInstances.map((compute) => {
              const id = String(100 * index + (ids[position] ?? 0)).padStart(8, '0')
              const uuid =
                `MIG-${id}-0000-5000-8000-${String(compute.id).padStart(12, '0')}` as const
              const migIndex = holes?.[next++]
              return migIndex === undefined ? { ...compute, uuid } : { ...compute, uuid, migIndex }
            }),
          })),
        }
      })
      return { gpus, state: withNumbers({ driverVersion: '580.65.06', gpus, lostGpus: [] }) }
    })
}

describe.each(geometries)('on machines of %s', (_key, geometry) => {
  test('every name of a device means that device, in each dialect that has the name', () => {
    fc.assert(
      fc.property(arbitraryMachine(geometry), ({ state }) => {
        for (const device of listContainerDevices(state)) {
          const { index, uuid, typeIndex } = device.names
          const legacyUuid = device.kind === 'mig' ? [device.names.legacyUuid] : []
          for (const name of [index, `${uuid}`, typeIndex, ...legacyUuid])
            expect(resolveVisibleDevices(name, state).devices).toEqual([device])
          for (const name of [index, `${uuid}`, typeIndex])
            expect(resolveVisibleDevices(`nvidia.com/gpu=${name}`, state).devices).toEqual([device])
          const legacyNames = [index, `${uuid}`, ...legacyUuid]
          for (const name of device.kind === 'gpu'
            ? [...legacyNames, device.pciBusId]
            : legacyNames)
            if (isSeenByLegacy(device, state))
              expect(resolveVisibleDevices(name, state, { dialect: 'legacy' }).devices).toEqual([
                device,
              ])
            else expect(() => resolveVisibleDevices(name, state, { dialect: 'legacy' })).toThrow()
        }
      }),
    )
  })

  test('all means every GPU with MIG off and every compute instance, each once', () => {
    fc.assert(
      fc.property(arbitraryMachine(geometry), ({ state, gpus }) => {
        const expected = gpus.flatMap((gpu) =>
          gpu.mig?.enabled === true
            ? gpu.gpuInstances.flatMap(({ id, computeInstances }) =>
                computeInstances.map((compute) => `${gpu.uuid}/${id}/${compute.id}`),
              )
            : [gpu.uuid],
        )
        const found = resolveVisibleDevices('all', state).devices.map((device) =>
          device.kind === 'gpu' ? device.gpu : device.names.legacyUuid.slice('MIG-'.length),
        )
        expect(found.toSorted()).toEqual(expected.toSorted())
      }),
    )
  })

  test('the names of a specification are legal in CDI, no two are equal, and their nodes are those of the device', () => {
    fc.assert(
      fc.property(arbitraryMachine(geometry), ({ state, gpus }) => {
        const spec = cdiSpec(state, { names: ['index', 'type-index', 'uuid'] })
        expect(checkCdiSpec(JSON.parse(JSON.stringify(spec)))).toEqual(spec)
        const names = spec.devices.map(({ name }) => name)
        expect(new Set(names).size).toBe(names.length)
        expect(names.filter((name) => !isLegal(name))).toEqual([])
        const devices = listContainerDevices(state)
        expect(names).toHaveLength(devices.length === 0 ? 1 : devices.length * 3 + 1)
        for (const device of devices) {
          const paths = deviceNodes(state, device).map(({ path }) => path)
          expect(paths).toEqual(expectedPaths(device, gpus))
          for (const name of [device.names.index, device.names.typeIndex, `${device.names.uuid}`]) {
            const edits = spec.devices.find((each) => each.name === name)?.containerEdits
            expect(edits?.deviceNodes?.map(({ path }) => path).sort()).toEqual(paths.toSorted())
          }
        }
      }),
    )
  })

  test('a container with some devices gets their nodes, those of the driver, and no others', () => {
    fc.assert(
      fc.property(
        arbitraryMachine(geometry),
        fc.infiniteStream(fc.boolean()),
        ({ state, gpus }, coins) => {
          const devices = listContainerDevices(state).filter(() => coins.next().value === true)
          const spec = cdiSpec(state, { names: ['index'] })
          const edited = ociEdits(
            {},
            devices.map(({ names }) => names.index),
            spec,
          )
          const paths = edited.linux?.devices?.map(({ path }) => path) ?? []
          const control = spec.containerEdits?.deviceNodes?.map(({ path }) => path) ?? []
          const expected = devices.flatMap((device) => expectedPaths(device, gpus))
          expect(new Set(paths)).toEqual(
            new Set(devices.length === 0 ? [] : [...control, ...expected]),
          )
        },
      ),
    )
  })
})

function isSeenByLegacy(
  device: ReturnType<typeof listContainerDevices>[number],
  state: MigState,
): boolean {
  if (device.kind === 'gpu') return true
  const indexes = listContainerDevices(state)
    .filter((each): each is MigContainerDevice => each.kind === 'mig' && each.gpu === device.gpu)
    .map(({ migIndex }) => migIndex)
  return Array.from({ length: device.migIndex }, (_, index) => index).every((index) =>
    indexes.includes(index),
  )
}

function expectedPaths(
  device: ReturnType<typeof listContainerDevices>[number],
  gpus: readonly GpuState[],
): readonly string[] {
  const minor = gpus[device.gpuIndex]?.minorNumber ?? -1
  const node = `/dev/nvidia${minor}`
  if (device.kind === 'gpu') return [node]
  const { gpuInstanceId, computeInstanceId } = device
  return [
    node,
    `/dev/nvidia-caps/nvidia-cap${seenMinor(minor, gpuInstanceId)}`,
    `/dev/nvidia-caps/nvidia-cap${seenMinor(minor, gpuInstanceId, computeInstanceId)}`,
  ]
}

/** CDI 1.1.0, pkg/parser: a letter or digit first and last; between them also `_ - . :`. */
function isLegal(name: string): boolean {
  const alphanumeric = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'
  const letters = [...name]
  return (
    letters.length > 0 &&
    letters.every((letter, position) =>
      position === 0 || position === letters.length - 1
        ? alphanumeric.includes(letter)
        : alphanumeric.includes(letter) || '_-.:'.includes(letter),
    )
  )
}
