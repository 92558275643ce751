/** Much more than anybody needs: NVIDIA's file for all its GPUs has 20 KiB. */
export const mostTextBytes: number = 2 ** 20

/** To stand after `The document`; null for a text that is not too long. */
export function describeTooLong(bytes: number, seen: 'all' | 'at least' = 'all'): string | null {
  if (bytes <= mostTextBytes) return null
  const amount = seen === 'all' ? `${bytes} bytes` : `at least ${bytes} bytes`
  return `has ${amount}; a text is read up to ${mostTextBytes / 2 ** 20} MiB`
}
