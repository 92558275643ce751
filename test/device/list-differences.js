import { isDeepStrictEqual } from 'node:util'

/**
 * Of `[what, catalog, driver]` those that are not equal, as `{ what, catalog, driver }`. What the
 * driver did not tell (undefined, null) is no disagreement; what the catalog does not know is one.
 */
export function listDifferences(comparisons) {
  return comparisons
    .filter(([, catalog, driver]) => driver != null && !isEqual(catalog, driver))
    .map(([what, catalog, driver]) => ({ what, catalog: catalog ?? null, driver }))
}

export function isEqual(left, right) {
  return isDeepStrictEqual(sorted(left), sorted(right))
}

/** The order of placements says nothing. */
function sorted(value) {
  return Array.isArray(value) ? value.toSorted((a, b) => a.start - b.start) : value
}
