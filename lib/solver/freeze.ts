/** Freezes plain data all the way down. What is frozen already is taken to be frozen below too. */
export function freezeDeep<T>(data: T): T {
  if (typeof data === 'object' && data !== null && !Object.isFrozen(data)) {
    Object.freeze(data)
    for (const value of Object.values(data)) freezeDeep(value)
  }
  return data
}
