import type { MigChange, MigStateUpdate, MigStateWatch } from '../../types/machine/watch.js'

/** The next update; fails when the watch has ended. */
export async function nextOf(watch: MigStateWatch): Promise<MigStateUpdate> {
  const { done, value } = await watch.next()
  if (done === true) throw new Error('the watch has ended')
  return value
}

/** Takes updates until one of them has such a change, and gives all changes up to that. */
export async function changesUntil(
  watch: MigStateWatch,
  kind: MigChange['kind'],
): Promise<readonly MigChange[]> {
  const changes: MigChange[] = []
  while (changes.every((change) => change.kind !== kind))
    changes.push(...(await nextOf(watch)).changes)
  return changes
}
