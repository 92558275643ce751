import { expect, test } from 'vitest'
import { readProcessDetails } from '../../../lib/system/process-details.js'
import { fakeRoot, putProcess } from '../../support/root-tree.js'

test('the details of a process are limited, however long its command line is', () => {
  const root = fakeRoot()
  putProcess(root, 10, { words: ['python3', 'x'.repeat(2 ** 21)] })
  const { command, commandLine } = readProcessDetails(root, 10)
  expect(command).toBe('python3')
  expect(commandLine).toMatch(/^python3 x+$/)
  expect(commandLine?.length).toBe(4096)
})
