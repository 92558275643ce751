import highs from 'highs'

/**
 * HiGHS, a solver of integer programs by other people, as an oracle. The declarations of the package
 * are those of its CommonJS form, in which the function is one level deeper.
 */
export const loadHighs: typeof highs.default = highs as unknown as typeof highs.default
