// Builds the native parts with AddressSanitizer and UndefinedBehaviorSanitizer and runs the native
// tests on that build.
import { execFileSync, spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const headers = join(dirname(dirname(process.execPath)), 'include/node')
if (!existsSync(join(headers, 'node_api.h'))) {
  console.log(`SKIPPED: no Node headers in ${headers}`)
  process.exit(0)
}
const build = join(root, 'build/sanitize')
run('cmake', [
  ...['-S', root, '-B', build],
  '-DSANITIZE=address,undefined',
  `-DNODE_HEADERS=${headers}`,
])
run('cmake', ['--build', build, '--parallel'])

const runtime = (name) =>
  execFileSync('c++', [`-print-file-name=${name}`], { encoding: 'utf8' }).trim()
run(join(root, 'node_modules/.bin/vitest'), ['run', '--project', 'main', 'test/native'], {
  MIG_NVML_BINDING: build,
  MIG_NVML_TEST_SIMULATOR: join(build, 'simulator/libnvidia-ml.so.1'),
  // Neither node nor the tests' own programs are built with sanitizers: the runtime must come first.
  LD_PRELOAD: `${runtime('libasan.so')} ${runtime('libubsan.so')}`,
  // What Node has not freed at its end is not ours to judge.
  ASAN_OPTIONS: 'detect_leaks=0',
  UBSAN_OPTIONS: 'print_stacktrace=1',
})

function run(command, args, env = {}) {
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
  })
  if (status !== 0) process.exit(status ?? 1)
}
