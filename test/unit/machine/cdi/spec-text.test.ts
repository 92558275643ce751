import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { formatCdiSpec, parseSpecText } from '../../../../lib/machine/cdi/spec-text.js'
import fc from '../../../support/property.js'

// Names of members: letters, or anything in annotations. `yes`, `0:0` and `1e3` are no texts without quotes.
const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.constantFrom('0:0', 'yes', '~', '1e3', '', '- a', 'a: b #c'),
)
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    text,
    fc.integer(),
    fc.boolean(),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(
      text.filter((key) => key !== '__proto__'),
      tie('any'),
      { maxKeys: 4 },
    ),
  ),
})).any

test.each(['1.1', '1.2'] as const)(
  'a specification as YAML is read as what it was, by YAML %s',
  (version) => {
    fc.assert(
      fc.property(
        fc.dictionary(fc.stringMatching(/^[a-z]{1,9}$/), value, { minKeys: 1 }),
        (spec) => {
          const read = parse(formatCdiSpec(spec as never, 'yaml'), { version })
          expect(JSON.parse(JSON.stringify(read))).toEqual(JSON.parse(JSON.stringify(spec)))
        },
      ),
    )
  },
)

test('a watch that finds the same text again does not parse it again', () => {
  const text = (kind: string): string => `kind: ${kind}\ndevices: [{ name: "0:0" }]\n`
  expect(parseSpecText(text('a/b'))).toEqual({ kind: 'a/b', devices: [{ name: '0:0' }] })
  expect(parseSpecText(text('a/b'))).toBe(parseSpecText(text('a/b')))
  expect(parseSpecText(text('a/c'))).toMatchObject({ kind: 'a/c' })
})
