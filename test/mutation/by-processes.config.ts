import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 1,
    include: ['test/**/*.test.ts'],
    setupFiles: ['test/mutation/note-tests.ts'],
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
