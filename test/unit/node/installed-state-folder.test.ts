import { expect, test } from 'vitest'
import { installedStateFolder } from '../../../lib/node/state/installed-state-folder.js'
import { installMigService } from '../../../lib/node.js'
import { fakeRoot, putFile } from '../../support/root-tree.js'

test('the unit of the administrator counts, not that of the package', async () => {
  const root = fakeRoot()
  const [own, vendor] = ['/etc/systemd/system', '/usr/lib/systemd/system']
  const folders = [`${root}${own}`, `${root}${vendor}`]
  expect(installedStateFolder(folders)).toBeNull()
  await installMigService({ root, unitFolder: vendor, stateFolder: '/vendor' })
  expect(installedStateFolder(folders)).toBe('/vendor')
  await installMigService({ root, unitFolder: own, stateFolder: '/own' })
  expect(installedStateFolder(folders)).toBe('/own')
})

test('a unit that names no folder of states is not taken for one that does', () => {
  const root = fakeRoot()
  putFile(root, 'mig-nvml.service', '[Service]\nExecStart=/opt/start\n# --state-dir=/comment\n')
  expect(installedStateFolder([root])).toBeNull()
})
