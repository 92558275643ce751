/** Lines that `eval` takes in every POSIX shell: `export NAME='value'`. */
export function shellExports(env: Readonly<Record<string, string>>): string {
  return Object.entries(env)
    .map(([name, value]) => `${exportOf(name, value)}\n`)
    .join('')
}

/** Nothing but the quote itself is special between single quotes. */
function exportOf(name: string, value: string): string {
  if (/^[ -~]*$/.test(value)) return `export ${name}='${value.replaceAll("'", "'\\''")}'`
  // The output shows control characters, and in some locales other letters, in another spelling, and the shell would take
  // that one. So `printf` makes every byte. `$(…)` drops newlines at the end; a dot behind them keeps them.
  const octal = [...Buffer.from(value)].map((byte) => `\\${byte.toString(8).padStart(3, '0')}`)
  return `${name}=$(printf '${octal.join('')}.'); export ${name}="\${${name}%.}"`
}
