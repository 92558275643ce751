// GPUs that a picture cannot show as usual, and what it says in words.
import { describe, expect, test } from 'vitest'
import { listPlacedDevices, seenDevice } from '../../../lib/model/state.js'
import { renderMachine } from '../../../lib/render/machine.js'
import { renderMachineSvg } from '../../../lib/render/svg-machine.js'
import { renderPlanSvg } from '../../../lib/render/svg-plan.js'
import type { GpuState, MigState } from '../../../types/model/state.js'
import { plan, wanting } from '../../support/planning.js'
import { stateOf } from '../../support/state.js'
import { textsOf } from '../../support/svg-boxes.js'
import { descendants, parseXml } from '../../support/xml.js'

/** Three GPUs, of which the one in the middle is lost. */
const lostBetween: MigState = {
  ...stateOf([{ key: 'a100-40gb', count: 3 }]),
  gpus: stateOf([{ key: 'a100-40gb', count: 3 }]).gpus.filter(({ index }) => index !== 1),
  lostGpus: [{ index: 1, uuid: null }],
}

const one = (fields: Partial<GpuState>, instances: readonly string[] = ['3g.20gb@0']): MigState => {
  const state = stateOf([{ key: 'a100-40gb', instances }])
  return { ...state, gpus: state.gpus.map((gpu) => ({ ...gpu, ...fields })) }
}

const wordsOf = (state: MigState): readonly string[] =>
  textsOf(parseXml(renderMachineSvg(state))).map(({ text }) => text)

describe('a lost GPU', () => {
  test('a lost GPU stands between its neighbours, by its index', () => {
    const inOrder = ['GPU 0', 'GPU 1', 'GPU 2']
    expect(renderMachine(lostBetween, { columns: 60 }).match(/^GPU \d/gm)).toEqual(inOrder)
    expect(wordsOf(lostBetween).filter((text) => /^GPU \d$/.test(text))).toEqual(inOrder)
  })

  test('a lost GPU counts in the title of a picture and is in its description', () => {
    const root = parseXml(renderMachineSvg(lostBetween))
    expect(root.attributes['aria-label']).toBe('MIG layout of 3 GPUs')
    expect(descendants(root).find(({ name }) => name === 'desc')?.text).toContain('GPU 1, lost.')
  })
})

describe('a GPU of an unknown kind', () => {
  const unknown = { name: 'GPU of next year', pciDeviceId: 0x123410de, geometry: null }

  test('a GPU with MIG on, of which nobody knows the geometry, says so in place of a layout', () => {
    const state = one(unknown)
    expect(renderMachine(state)).toContain('MIG with an unknown geometry')
    expect(wordsOf(state)).toContain('MIG with an unknown geometry')
  })

  test('a GPU whose instances fit no known geometry says so in place of a layout', () => {
    const [gpu] = one({}).gpus
    const [instance] = gpu?.gpuInstances ?? []
    if (instance === undefined) throw new Error('no instance')
    const state = one({ gpuInstances: [{ ...instance, placement: { start: 7, size: 4 } }] })
    expect(renderMachine(state)).toContain('MIG with an unknown geometry')
    expect(wordsOf(state)).toContain('MIG with an unknown geometry')
  })

  test('a GPU of unknown memory is a whole GPU without a size', () => {
    const state = one({ memoryMiB: null, mig: { enabled: false, pending: false } }, [])
    expect(wordsOf(state)).toContain('whole GPU')
    expect(renderMachine(state)).toMatch(/│ +whole GPU +│/)
  })
})

describe('a GPU that is no grid', () => {
  test('a whole GPU is a box with one line of words in its middle', () => {
    expect(renderMachine(one({ mig: { enabled: false, pending: false } }, []))).toBe(
      [
        'GPU 0  NVIDIA A100-SXM4-40GB              MIG off',
        '┌───────────────────────────────────────────────┐',
        '│                                               │',
        '│               whole GPU, 40 GB                │',
        '│                                               │',
        '└───────────────────────────────────────────────┘',
      ].join('\n'),
    )
  })

  test('a GPU whose instances may not be listed is described with what is seen', () => {
    const state = one({}, ['3g.20gb@0', '1g.5gb@4', '1g.5gb@5'])
    const seen = (names: readonly string[]): MigState => ({
      ...state,
      gpus: state.gpus.map((gpu) => ({
        ...gpu,
        gpuInstances: null,
        migDevices: listPlacedDevices(gpu as GpuState)
          .map(seenDevice)
          .filter(({ name }) => names.includes(name)),
        seesAllDevices: true,
        lacks: 'mig/config',
      })),
    })
    const describe = (shown: MigState): string =>
      descendants(parseXml(renderMachineSvg(shown))).find(({ name }) => name === 'desc')?.text ?? ''
    const all = seen(['3g.20gb', '1g.5gb'])
    expect(renderMachine(all)).toContain('2x 1g.5gb, 3g.20gb')
    expect(describe(all)).toBe(
      'GPU 0, NVIDIA A100-SXM4-40GB, MIG on: MIG devices 3g.20gb, 1g.5gb, 1g.5gb; places unknown.',
    )
    expect(describe(seen([]))).toBe(
      'GPU 0, NVIDIA A100-SXM4-40GB, MIG on: no MIG device visible; places unknown.',
    )
  })

  test('an instance with a profile name of another kind is shown by it', () => {
    const [instance] = one({}, ['3g.20gb@0']).gpus[0]?.gpuInstances ?? []
    if (instance === undefined) throw new Error('no instance')
    const odd = one({ gpuInstances: [{ ...instance, profileName: 'odd' }] })
    expect(renderMachine(odd)).toContain('odd')
    expect(wordsOf(odd)).toContain('odd')
  })
})

describe('the words of a picture', () => {
  test('a picture of one GPU is called so by default', () => {
    expect(parseXml(renderMachineSvg(one({}))).attributes['aria-label']).toBe('MIG layout of 1 GPU')
  })

  test('a picture of a plan is named after the configuration and its GPUs by default', () => {
    const before = stateOf([{ key: 'a100-40gb', count: 2, migEnabled: true }])
    const made = plan(...before.gpus.map((gpu) => wanting(gpu, { '3g.20gb': 1 })))
    const svg = renderPlanSvg(before, { ...made, config: 'half' })
    expect(parseXml(svg).attributes['aria-label']).toBe('MIG plan half for 2 GPUs')
    const words = textsOf(parseXml(svg)).map(({ text }) => text)
    expect(words).toContain('half: before')
    expect(words).toContain('after')
  })

  test('a label that is longer than its box is cut, and the box keeps its width', () => {
    const instance = (name: string): GpuState['gpuInstances'] => [
      ...(one({}, ['1g.5gb@0']).gpus[0]?.gpuInstances ?? []).map((each) => ({
        ...each,
        profileName: name,
      })),
    ]
    const widths = (name: string): readonly number[] =>
      renderMachine(one({ gpuInstances: instance(name) }))
        .split('\n')
        .filter((line) => /^[┌│├└]/.test(line))
        .map((line) => line.length)
    expect(new Set(widths('1g.5gb+a.very.long.attribute'))).toEqual(new Set(widths('1g.5gb')))
  })

  test('a GPU with a long name keeps the width of its box', () => {
    for (const letters of [5, 20, 28, 29, 30, 31, 32, 40, 80]) {
      const [title] = renderMachine(one({ name: 'N'.repeat(letters) })).split('\n')
      expect(title).toHaveLength(49)
      expect(title).toMatch(/^GPU 0 {2}N.* {2}MIG on$/)
    }
  })

  test('a GPU loses the maker in its name before the rest is cut', () => {
    const model = 'N'.repeat(30)
    const title = (name: string): string => renderMachine(one({ name })).split('\n')[0] ?? ''
    expect(title(`NVIDIA ${model}`)).toBe(title(model))
    expect(title(`NVIDIA ${'N'.repeat(5)}`)).toContain('NVIDIA NNNNN ')
    const words = wordsOf(one({ name: `NVIDIA ${'N'.repeat(42)}` }))
    expect(words.find((text) => text.includes('NNN'))).toMatch(/^N/)
  })
})
