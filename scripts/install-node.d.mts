export const nodeVersions: readonly string[]
export function installNode(folder: string, version: string, arch?: string): string
