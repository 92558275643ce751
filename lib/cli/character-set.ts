/**
 * Whether a terminal shows more than ASCII. Only a locale that says otherwise takes it away: where none
 * is set, as in most containers and units, terminals are of UTF-8 all the same.
 */
export function showsUnicode(env: Readonly<Record<string, string | undefined>>): boolean {
  const locale = env['LC_ALL'] || env['LC_CTYPE'] || env['LANG'] || ''
  return locale === '' || /utf-?8/i.test(locale)
}
