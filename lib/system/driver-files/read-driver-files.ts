import type { DriverFiles } from '../../../types/containers/cdi.js'
import { MigError } from '../../errors.js'
import { openTree } from './below-root.js'
import { findLibraries } from './libraries.js'
import { findFiles, findSockets } from './other-files.js'
import { findRendering } from './rendering.js'

/**
 * What the driver that is installed below `root` has for containers, as nvidia-ctk finds it. Links in the tree do not lead
 * out of it.
 *
 * @throws MigError `MIG_DRIVER_NOT_FOUND` where there are no libraries of a driver.
 */
export function readDriverFiles(root: string, pciBusIds: readonly string[]): DriverFiles {
  const tree = openTree(root)
  const found = findLibraries(tree)
  if (found === null)
    throw new MigError(
      'MIG_DRIVER_NOT_FOUND',
      `there is no libcuda.so or libnvidia-ml.so with a version in the folders for libraries below ${root}`,
      { hint: 'give the folder in which the driver is installed, or leave its files out' },
    )
  const hook = ['/usr/bin/nvidia-cdi-hook', '/usr/local/bin/nvidia-cdi-hook'].find(
    (path) => openTree('/').status(path) !== null,
  )
  return {
    ...found,
    // A hook that is not there keeps a container from starting.
    hookPath: hook ?? null,
    files: findFiles(tree, found.version),
    sockets: findSockets(tree),
    rendering: findRendering(tree, pciBusIds),
  }
}
