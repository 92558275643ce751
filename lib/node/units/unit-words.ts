// How systemd reads a setting: systemd.syntax(7), and "Command lines" of systemd.service(5).

/** One word of a setting: quoted where needed, and without specifiers such as `%h`. */
export function unitWord(text: string): string {
  const plain = text.replaceAll('%', '%%')
  return /^[\w@%+=:,./-]+$/.test(plain) ? plain : `"${plain.replaceAll(/["\\]/g, '\\$&')}"`
}

/** An argument of a command line, in which systemd would also replace `$NAME`. */
export function argumentWord(text: string): string {
  return unitWord(text).replaceAll('$', '$$$$')
}

/** Whether a path can stand in a unit: absolute, and without characters that end a line. */
export function isUnitPath(path: string): boolean {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is refused
  return path.startsWith('/') && !/[\x00-\x1f\x7f]/.test(path)
}

/** Whether a path can stand in a unit as a program: systemd refuses quotation marks there. */
export function isProgramPath(path: string): boolean {
  return isUnitPath(path) && !/["'\\]/.test(path)
}

/** Whether this is the name of a unit, as systemd.unit(5) has it. */
export function isUnitName(name: string): boolean {
  return /^[A-Za-z0-9:_.\\@][A-Za-z0-9:_.\\@-]{0,245}\.(service|socket|target|mount|path|timer)$/.test(
    name,
  )
}

/** The text of an argument, of the word that `argumentWord` made of it. */
export function argumentOf(word: string): string {
  const quoted = /^"(.*)"$/.exec(word)
  const plain = quoted === null ? word : (quoted[1] ?? '').replaceAll(/\\(.)/g, '$1')
  return plain.replaceAll('$$', '$').replaceAll('%%', '%')
}
