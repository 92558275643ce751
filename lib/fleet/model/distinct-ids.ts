/**
 * Position of the first that has the id of one before it; -1: there is none. Those without an id do not
 * count.
 */
export function findRepeatedId(list: readonly { readonly id?: string }[]): number {
  // Numbered ids ascend, by length and then by text: a tenth of the time of a set.
  let highest = ''
  for (let position = 0; position < list.length; position += 1) {
    const id = list[position]?.id
    if (id === undefined) continue
    const ascends = id.length > highest.length || (id.length === highest.length && id > highest)
    if (!ascends) return findInSet(list, position)
    highest = id
  }
  return -1
}

function findInSet(list: readonly { readonly id?: string }[], from: number): number {
  const ids = new Set<string>()
  let count = 0
  for (let position = 0; position < list.length; position += 1) {
    const id = list[position]?.id
    if (id === undefined) continue
    ids.add(id)
    count += 1
    if (ids.size < count && position >= from) return position
  }
  return -1
}
