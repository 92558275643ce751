import { type FSWatcher, watch } from 'node:fs'
import { join, resolve } from 'node:path'
import type { SimulatedMachine } from '../../types/simulator/machine.js'
import { toError } from '../errors.js'
import { kernelAddress } from '../model/pci-address.js'
import { type RootTreeOptions, readManifest, writeRootTree } from './root-tree.js'
import { isResetRequested, pciFolder } from './tree-requests.js'

/** Options of `followRootTree`. */
export interface FollowTreeOptions extends RootTreeOptions {
  /** Called with the error of a reset that the machine refuses. A kernel would give it to the writer. Default: a process warning. */
  readonly onError?: (error: Error) => void
}

/** A tree that follows its machine. */
export interface FollowedTree {
  /** Leaves the tree as it is. */
  close(): void
  [Symbol.dispose](): void
}

/**
 * Writes the file tree of a machine, and from then on resets a GPU when a program writes into its `reset` file, as the
 * kernel does. The writer does not wait for the reset: it has to watch the registers. It keeps the process alive.
 *
 * @throws MigError as `writeRootTree`.
 */
export function followRootTree(
  machine: SimulatedMachine,
  folder: string,
  options: FollowTreeOptions = {},
): FollowedTree {
  const root = resolve(folder)
  const { onError = (error) => process.emitWarning(error) } = options
  writeRootTree(machine, root, options)
  const watchers = machine.describe().gpus.map(({ pciBusId }) => {
    const device = join(pciFolder, kernelAddress(pciBusId))
    return followDevice(root, device, () => writeRootTree(machine, root, options), onError)
  })
  // A program may have asked before the watch began.
  writeRootTree(machine, root, options)
  function close(): void {
    for (const watcher of watchers) watcher.close()
  }
  return { close, [Symbol.dispose]: close }
}

function followDevice(
  root: string,
  device: string,
  settle: () => void,
  onError: (error: Error) => void,
): FSWatcher {
  const watcher = watch(join(root, device), (_, name) => {
    if (name !== 'reset') return
    try {
      if (isResetRequested(root, join(device, 'reset'), readManifest(root))) settle()
    } catch (error) {
      onError(toError(error))
    }
  })
  return watcher.on('error', onError)
}
