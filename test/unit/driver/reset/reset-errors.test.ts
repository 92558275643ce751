import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { resetByTool } from '../../../../lib/driver/reset/nvidia-smi.js'
import { type ResetFailure, resetError } from '../../../../lib/driver/reset/reset-failure.js'
import { fakeRoot } from '../../../support/root-tree.js'
import { stateOf } from '../../../support/state.js'

const path = process.env['PATH']
afterEach(() => {
  process.env['PATH'] = path
})

function failureOf(script: string, timeoutMs?: number): Promise<ResetFailure | null> {
  const folder = fakeRoot()
  writeFileSync(join(folder, 'nvidia-smi'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'nvidia-smi'), 0o755)
  process.env['PATH'] = `${folder}:${path}`
  return resetByTool('/', '00000000:07:00.0', timeoutMs)
}

describe('a reset that fails', () => {
  test.each<[ResetFailure['kind'], string, RegExp, RegExp]>([
    [
      'in-use',
      'MIG_RESET_REQUIRED',
      /^the GPU was not reset: words$/,
      /stop whatever has the GPU open/,
    ],
    ['unsupported', 'MIG_REBOOT_REQUIRED', /^the GPU was not reset: words$/, /reboot the machine/],
    ['forbidden', 'MIG_RESET_REQUIRED', /^the GPU was not reset: words$/, /run as root/],
    ['timed-out', 'MIG_RESET_TIMEOUT', /^the reset did not end: words$/, /raise resetTimeoutMs/],
    [
      'failed',
      'MIG_RESET_REQUIRED',
      /^the GPU was not reset: words$/,
      /nvidia-smi --gpu-reset -i 00000000:00:00\.0/,
    ],
  ])(
    'the error for a reset that is %s has the code %s and says what to do',
    (kind, code, message, hint) => {
      const [gpu] = stateOf([{ key: 'a100-40gb' }]).gpus
      if (gpu === undefined) throw new Error('no GPU')
      const cause = new Error('cause')
      const error = resetError(gpu, { kind, text: 'words', cause })
      expect(error).toMatchObject({ code, cause })
      expect(error.message).toMatch(message)
      expect(error.hint).toMatch(hint)
    },
  )

  test('the text of a reset tool that says nothing is how it ended', async () => {
    expect(await failureOf('exit 7')).toMatchObject({
      kind: 'failed',
      text: 'nvidia-smi: exit status 7',
      cause: { message: 'nvidia-smi --gpu-reset: exit status 7' },
    })
    expect(await failureOf('kill -9 $$')).toMatchObject({
      kind: 'failed',
      text: 'nvidia-smi: ended by SIGKILL',
    })
  })

  test('the text of a reset tool is what it said, on one line', async () => {
    expect(await failureOf('echo "  no   such"; echo "GPU " >&2; exit 1')).toMatchObject({
      kind: 'failed',
      text: 'nvidia-smi: no such GPU',
      cause: { message: 'nvidia-smi --gpu-reset: exit status 1' },
    })
  })

  test('the text of a reset tool that was stopped has the limit, and what it said until then, if anything', async () => {
    expect(await failureOf('sleep 600', 50)).toMatchObject({
      kind: 'timed-out',
      text: 'nvidia-smi has not ended within 0.05 s and was killed',
    })
  })
})
