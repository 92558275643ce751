/** Whether this is an error of a system call with this code: `isSystemError(error, 'ENOENT')`. */
export function isSystemError(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
