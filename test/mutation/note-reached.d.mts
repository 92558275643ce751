export const reachedFolder: string
export function noteFor(path: string): void
