/** Reports an error once, and again when it was gone meanwhile or is another. */
export function onChange(
  report: (message: string, error: Error) => void,
): (error: Error | null) => void {
  let last: string | null = null
  return (error) => {
    if (error !== null && error.message !== last) report(error.message, error)
    last = error?.message ?? null
  }
}
