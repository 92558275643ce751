import { homedir, hostname } from 'node:os'

const uuidForm = /[\da-f]{8}-[\da-f]{4}-([\da-f])[\da-f]{3}-([\da-f])[\da-f]{3}-[\da-f]{12}/gi

/**
 * The same data, in which every UUID is a placeholder that keeps its form, its version and its
 * variant, and equal ones stay equal; the home folder is `~` and the machine `host`. Placeholders
 * are numbered in the order of appearance: the same machine gives the same document.
 */
export function anonymise(data, { home = homedir(), host = hostname() } = {}) {
  const numbers = new Map()
  const hostForm = new RegExp(`(^|[^\\w-])${escapeForm(host)}(?![\\w-])`, 'g')
  return walk(data)

  function walk(value) {
    if (typeof value === 'string') return replaceNames(value).replace(uuidForm, placeholder)
    if (Array.isArray(value)) return value.map(walk)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, walk(each)]))
  }

  function placeholder(uuid, version, variant) {
    const known = uuid.toLowerCase()
    if (!numbers.has(known)) numbers.set(known, numbers.size + 1)
    const number = `${numbers.get(known)}`.padStart(12, '0')
    return `00000000-0000-${version}000-${variant}000-${number}`
  }

  function replaceNames(text) {
    const homeless = home.length > 1 ? text.split(home).join('~') : text
    return host === '' ? homeless : homeless.replace(hostForm, '$1host')
  }
}

function escapeForm(text) {
  return text.replace(/[^\w]/g, '\\$&')
}
