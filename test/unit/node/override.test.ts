import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { findOverride } from '../../../lib/node/state/override.js'
import { systemdUnits } from '../../../lib/node.js'
import { fakeRoot } from '../../support/root-tree.js'

test.each([
  ['MIG_PARTED_SELECTED_CONFIG=all-balanced\n', 'MIG_PARTED_SELECTED_CONFIG'],
  ['# a comment\n  MIG_NVML_BOOT_CHECKPOINT="/a b"\n', 'MIG_NVML_BOOT_CHECKPOINT'],
  ['MIG_PARTED_CONFIG_FILE=\nMIG_NVML_BOOT_WAIT=5\n', null],
  ['MIG_PARTED_CONFIG_FILE=""\nMIG_PARTED_SELECTED_CONFIG=\'\' \n', null],
  ['MIG_PARTED_CONFIG_FILE="/etc/a.yaml"\n', 'MIG_PARTED_CONFIG_FILE'],
  ['#MIG_PARTED_CONFIG_FILE=/etc/a.yaml\n', null],
])('the environment file %j chooses by %s', (text, variable) => {
  const file = join(fakeRoot(), 'boot.env')
  writeFileSync(file, text)
  expect(findOverride(file)).toEqual(variable === null ? null : { variable, file })
})

test('an environment file as it is installed chooses nothing, and neither does one that is not there', async () => {
  const root = fakeRoot()
  const file = join(root, 'boot.env')
  expect(findOverride(file)).toBeNull()
  const files = await systemdUnits()
  writeFileSync(file, files.find(({ kind }) => kind === 'environment')?.text ?? '')
  expect(findOverride(file)).toBeNull()
  expect(findOverride(root)).toBeNull()
})
