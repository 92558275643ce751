import { execFileSync } from 'node:child_process'
import { writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { simulatorPath } from '../../support/native-paths.js'
import { importDevice, scratchFile } from './run-check.js'

const { anonymise } = await importDevice('anonymise.js')
const { formatDocument } = await importDevice('format-document.js')
const { readExportedNames } = await importDevice('exported-names.js')
const { answerQuestions } = await importDevice('answer-questions.js')
const { judge } = await importDevice('verdict.js')

describe('anonymise', () => {
  const one = 'GPU-8f6d2a31-5c77-5e0b-9d2f-00112233aabb'
  const two = 'MIG-12345678-1234-4abc-8def-123456789abc'

  test('anonymising keeps equal UUIDs equal, and their form, version and variant', () => {
    const before = { a: one, b: [two, one.toUpperCase()], c: `MIG-${one}/3/0` }
    expect(anonymise?.(before)).toEqual({
      a: 'GPU-00000000-0000-5000-9000-000000000001',
      b: ['MIG-00000000-0000-4000-8000-000000000002', 'GPU-00000000-0000-5000-9000-000000000001'],
      c: 'MIG-GPU-00000000-0000-5000-9000-000000000001/3/0',
    })
  })

  test('anonymising removes the home folder and the name of the machine, and no other word', () => {
    const names = { home: '/home/jo', host: 'gpu.7' }
    const before = { path: '/home/jo/lib.so', text: 'on gpu.7: gpu17 and my-gpu.7 and gpu.70' }
    expect(anonymise?.(before, names)).toEqual({
      path: '~/lib.so',
      text: 'on host: gpu17 and my-gpu.7 and gpu.70',
    })
  })

  test('anonymising leaves numbers, null and booleans alone', () => {
    const data = { a: 0, b: null, c: true, d: [1.5] }
    expect(anonymise?.(data)).toEqual(data)
  })
})

describe('formatDocument', () => {
  test('the document is JSON without needlessly long lines', () => {
    const small = { start: 0, size: 1 }
    const data = { list: Array.from({ length: 30 }, () => small), text: 'x'.repeat(200), none: [] }
    const text = String(formatDocument?.(data))
    expect(JSON.parse(text)).toEqual(data)
    expect(text.split('\n').filter((line) => line.trim().startsWith('{"start"'))).toHaveLength(30)
  })
})

describe('readExportedNames', () => {
  test('the list of exported names is that of nm', () => {
    const lines = execFileSync('nm', ['-D', '--defined-only', simulatorPath()], {
      encoding: 'utf8',
    })
    const names = lines.split('\n').map((line) => line.split(' ').at(-1) ?? '')
    const expected = names.filter((name) => name.startsWith('nvml')).sort()
    expect(expected.length).toBeGreaterThan(100)
    expect(readExportedNames?.(simulatorPath())).toEqual(expected)
  })

  test('the list of exported names is null for a missing file and for a file that is no library', () => {
    const text = scratchFile('text')
    writeFileSync(text, 'no ELF')
    const cut = scratchFile('cut')
    writeFileSync(cut, Buffer.from('7f454c460201', 'hex'))
    expect([text, cut, '/nonexistent'].map((path) => readExportedNames?.(path))).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('answerQuestions', () => {
  const listing = (count: number, ret: number, out: object) => ({
    kind: 'call',
    gpu: 0,
    of: 'gpu',
    fn: 'nvmlDeviceGetGpuInstancePossiblePlacements_v2',
    in: { profileId: 19, count },
    ret,
    out,
  })
  const whole = listing(256, 0, { count: 7, bytesWritten: 56 })
  const verdicts = (record: object) => {
    const answers = answerQuestions?.([record, whole])
    return (answers as { incomingCounts: object }).incomingCounts
  }

  test.each([
    ['ignored', listing(1, 0, { count: 7, bytesWritten: 56 })],
    ['kept', listing(1, 0, { count: 7, bytesWritten: 8 })],
    ['refused with 7', listing(1, 7, { count: 7, bytesWritten: 0 })],
  ])('an incoming count that is %s', (verdict, record) => {
    expect(verdicts(record)).toEqual({ [record.fn]: { 1: [verdict] } })
  })

  test('a listing that fits its array answers nothing about counts', () => {
    expect(verdicts(listing(7, 0, { count: 7, bytesWritten: 56 }))).toEqual({})
  })

  test('without a probe, the open questions have no answer', () => {
    expect(answerQuestions?.([])).toBeNull()
  })
})

describe('judge', () => {
  test('a driver that counts no GPU is not broken, because drivers before R545 do so', () => {
    const outcome = { kind: 'reading', reading: { count: { value: 0 } } }
    expect(judge?.(outcome, 'libnvidia-ml.so.1')).toMatchObject({ result: 'no-gpu' })
  })

  test('a driver that cannot count its GPUs is broken', () => {
    const count = { error: 'NVML_ERROR_UNKNOWN', ret: 999, fn: 'nvmlDeviceGetCount_v2' }
    expect(judge?.({ kind: 'reading', reading: { count } }, 'libnvidia-ml.so.1')).toEqual({
      result: 'broken',
      problem: 'nvmlDeviceGetCount_v2: NVML_ERROR_UNKNOWN',
    })
  })
})
