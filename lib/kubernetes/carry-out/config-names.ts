const changing = 'rebalance-'
const before = 'before-'

/** The name of the configuration that a change brings. Times make names that no other change has. */
export function changeName(since: string): string {
  return `${changing}${suffixOf(since)}`
}

/** The name of the one that it replaces. */
export function beforeName(since: string): string {
  return `${before}${suffixOf(since)}`
}

/** The change that replaced what has this name. */
export function changeAfter(name: string): string {
  return name.replace(before, changing)
}

/** As the value of a label. */
function suffixOf(since: string): string {
  return since.toLowerCase().replaceAll(/[:.]/g, '-')
}
