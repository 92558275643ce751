import { defineConfig } from 'vitest/config'

const report = process.env['MIG_NVML_TEST_REPORT']

// Forks, not threads: the addon and the simulated driver are process-wide, and a test that kills its
// process must not take the others with it.
export default defineConfig({
  test: {
    pool: 'forks',
    // Far more than any test takes: a limit is for what hangs, and machines may be busy.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    reporters: report === undefined ? ['default'] : ['default', ['json', { outputFile: report }]],
    projects: [
      {
        extends: true,
        test: {
          name: 'main',
          include: ['test/**/*.test.ts'],
          exclude: [
            'test/peers/**',
            'test/containers/**',
            'test/cluster/**',
            'test/boot/**',
            'test/package/**',
            'test/device/**',
            'test/faults/**',
          ],
        },
      },
      { extends: true, test: { name: 'faults', include: ['test/faults/**/*.test.ts'] } },
      {
        extends: true,
        test: {
          name: 'package',
          include: ['test/package/**/*.test.ts'],
          globalSetup: 'test/package/install.ts',
        },
      },
      {
        extends: true,
        test: {
          name: 'peers',
          include: ['test/peers/**/*.test.ts'],
          globalSetup: 'test/peers/install.ts',
          testTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'containers',
          include: ['test/containers/**/*.test.ts'],
          globalSetup: 'test/containers/install.ts',
          testTimeout: 900_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: 'test/cluster/install.ts',
          testTimeout: 900_000,
          hookTimeout: 600_000,
        },
      },
      {
        extends: true,
        test: {
          name: 'boot',
          include: ['test/boot/**/*.test.ts'],
          globalSetup: 'test/boot/install.ts',
        },
      },
    ],
  },
})
