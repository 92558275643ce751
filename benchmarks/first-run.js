// run.js says which run of several this is. What seeds decide alone, and what lasts half a minute, is
// measured in the first only.
export const isFirstRun = (process.argv[2] ?? '0') === '0'
