// Where the driver puts instances without a chosen placement. The sequences are printed nvidia-smi
// sessions: MIG User Guide and public issues, on A100, A30, H100, GH200, H200 and RTX PRO 6000.
import { describe, expect, test } from 'vitest'
import { inSession, nvml, runCalls } from './shell.js'

const refused = 'refused'

function createAll(machine: string, profiles: readonly number[]): readonly unknown[] {
  const answers = inSession(
    { MACHINE: machine, DRIVER: '610.43.02' },
    profiles.map((profile) => `create gpu0 ${profile}`),
  )
  return answers.map((answer) => {
    if (answer.ret === nvml.insufficientResources) return refused
    expect(answer.ret).toBe(nvml.success)
    return `${answer['id']}@${answer['start']}`
  })
}

const repeat = (profile: number, times: number): number[] => Array(times).fill(profile)

describe('captured sequences of GPU instances', () => {
  const eightUnits = ['A100-SXM4-40GB +mig', 'H100 80GB HBM3 +mig', 'H200 +mig']
  const captures: readonly (readonly [readonly number[], string])[] = [
    [repeat(19, 7), '13@6 11@4 12@5 7@0 8@1 9@2 10@3'],
    [[9, 9], '2@4 1@0'],
    [[14, 14, 14], '5@4 3@0 4@2'],
    [[14, 14, 14, 20], '5@4 3@0 4@2 13@6'],
    [[19, 14, 5], '13@6 5@4 1@0'],
    [[9, 19, 14, 19], '2@4 7@0 4@2 8@1'],
    [[9, 14, 19, 19], '2@4 3@0 9@2 10@3'],
    [[14, ...repeat(19, 5)], '5@4 13@6 7@0 8@1 9@2 10@3'],
    [[19, 19, 14, 9], `13@6 11@4 3@0 ${refused}`],
    [[19, 9], '13@6 1@0'],
    [[19, 9, 20], '13@6 1@0 11@4'],
  ]
  for (const machine of eightUnits) {
    test.each(captures)(`on ${machine}, %j go to the captured places`, (profiles, places) => {
      expect(createAll(machine, profiles).join(' ')).toBe(places)
    })
  }

  const mirrored: readonly (readonly [readonly number[], string])[] = [
    [repeat(19, 7), '9@6 7@4 8@5 11@0 12@1 13@2 14@3'],
    [[9, 19, 14, 19], '1@4 11@0 6@2 12@1'],
  ]
  test.each(mirrored)(
    'on a board with swapped halves, %j go to the captured places',
    (profiles, places) => {
      expect(createAll('A100-PCIE-40GB +swapped +mig', profiles).join(' ')).toBe(places)
    },
  )

  test.each([
    ['A30 +mig', [14, 14, 5], '3@0 4@1 2@2'],
    ['RTX PRO 6000 Blackwell Server Edition +mig', repeat(14, 4), '3@0 4@3 5@6 6@9'],
    ['GH200 480GB +mig', repeat(15, 4), '5@4 3@0 4@2 6@6'],
    ['H100 80GB HBM3 +mig', [15], '5@4'],
    // "gpu-0-mig-1g20gb-15-6" in kubernetes-sigs/dra-driver-nvidia-gpu#1018: profile 15 at start 6.
    ['H100 PCIe +mig', [15], '6@6'],
  ])('on %s, %j go to the captured places', (machine, profiles, places) => {
    expect(createAll(machine, profiles).join(' ')).toBe(places)
  })
})

// MIG User Guide, "Creating GPU Instances": -cgi 9,3g.20gb made id 2, then id 1, which -lgi lists at
// 0:4 and 4:4.
test('a board with swapped halves that fills the lower one first reproduces the sample of the guide', () => {
  expect(createAll('A100-SXM4-40GB +swapped +lower-half +mig', [9, 9]).join(' ')).toBe('2@0 1@4')
})

test('only boards with swapped halves fill the lower half first', () => {
  const [, answer] = runCalls('A100-SXM4-40GB', [
    'init',
    'control create machine="A100-SXM4-40GB +lower-half"',
  ])
  expect(JSON.stringify(answer?.['reply'])).toContain('+lower-half needs +swapped')
})

describe('remaining capacity, as nvidia-smi mig -lgip showed it', () => {
  const profiles = [19, 20, 15, 14, 9, 5, 0]
  const free = (machine: string, creates: readonly string[]): readonly unknown[] =>
    inSession(machine, [...creates, ...profiles.map((profile) => `capacity gpu0 ${profile}`)])
      .slice(creates.length)
      .map((answer) => answer['count'])

  test('an H200 with 1g at 4 and 6 has the captured remaining capacity', () => {
    const creates = ['create gpu0 19 4 1', 'create gpu0 19 6 1']
    expect(free('H200 +mig', creates)).toEqual([5, 1, 2, 2, 1, 1, 0])
  })

  test('an H100 with 1g at 6, 3g at 0 and 1g+me at 4 has the captured remaining capacity', () => {
    const creates = ['create gpu0 19 6 1', 'create gpu0 9 0 4', 'create gpu0 20 4 1']
    expect(free('H100 80GB HBM3 +mig', creates)).toEqual([1, 0, 0, 0, 0, 0, 0])
  })
})
