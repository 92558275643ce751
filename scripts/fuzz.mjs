// Builds the fuzz targets of test/fuzz with clang and runs each of them.
// Usage: fuzz.mjs [--seconds N] [TARGET…]. What was found before is kept in build/fuzz.
import { spawnSync } from 'node:child_process'
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const build = join(root, 'build/fuzz')
const { values, positionals } = parseArgs({
  options: { seconds: { type: 'string', default: '30' } },
  allowPositionals: true,
})
// The words that inputs are made of, and one good input for each target of texts.
const dictionary = [
  ...['gpu=', 'gi=', 'ci=', 'pid=', 'fn=', 'nth=', 'times=', 'error=', 'us=', 'preset=', 'kind='],
  ...['name=', 'value=', 'hang-ms=', 'add-process', 'remove-process', 'lose-gpu', 'reset-gpu'],
  ...[
    'reboot',
    'fail',
    'latency',
    'privileges',
    'reset-policy',
    'describe',
    'journal',
    'count-call',
  ],
  ...['clear-faults', 'A100-SXM4-40GB', 'H100-80GB-SXM', 'A30', 'none', '+mig', '+minor=', 'x '],
  ...['nvmlInit_v2', 'nvmlDeviceGetCount_v2', 'NVML_ERROR_UNKNOWN', '4294967295'],
]
const seeds = {
  control_text:
    'add-process pid=7 gpu=0 gi=1 ci=0 name="a b"\nfail fn=nvmlInit_v2 error=3\nreboot\n',
  machine_text: '8x A100-SXM4-40GB+mig, A30+minor=4, 2x T4',
}

const probe = ['-x', 'c++', '-fsanitize=fuzzer,address', '-o', '/dev/null', '-']
const input = 'extern "C" int LLVMFuzzerTestOneInput(const char*, unsigned long) { return 0; }'
if (spawnSync('clang++', probe, { input }).status !== 0) {
  console.log(
    'SKIPPED: fuzzing: clang++ with libFuzzer (clang and libclang-rt-dev) is not installed',
  )
  process.exit(0)
}
mkdirSync(build, { recursive: true })
const cmakeJs = join(root, 'node_modules/.bin/cmake-js')
const cmakeOptions = ['--debug', '--out', join(build, 'cmake'), '--CDCMAKE_CXX_COMPILER=clang++']
run(cmakeJs, ['configure', ...cmakeOptions, '--CDFUZZ=ON', '--CDSANITIZE=address,undefined'])
const targets = readdirSync(join(root, 'test/fuzz'))
  .filter((file) => file.endsWith('.cc'))
  .map((file) => basename(file, '.cc'))
  .filter((name) => positionals.length === 0 || positionals.includes(name))
// cmake-js builds one target a call.
run('cmake', ['--build', join(build, 'cmake'), '--parallel', '--target', ...targets])

const words = join(build, 'words.txt')
writeFileSync(words, dictionary.map((word) => `"${word}"\n`).join(''))
for (const name of targets) {
  const corpus = join(build, name)
  mkdirSync(corpus, { recursive: true })
  if (seeds[name] !== undefined) writeFileSync(join(corpus, 'seed'), seeds[name])
  run(join(build, 'cmake', name), [
    ...[corpus, `-max_total_time=${values.seconds}`, `-artifact_prefix=${build}/${name}-`],
    ...[`-dict=${words}`, '-max_len=512', '-timeout=20', '-print_final_stats=1'],
  ])
}

function run(command, args) {
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    // Faults and latencies that an input sets would make the calls wait.
    env: { ...process.env, MIG_SIMULATOR_STEERING: 'off', ASAN_OPTIONS: 'detect_leaks=1' },
  })
  if (error !== undefined) console.error(`${command}: ${error.message}`)
  if (status !== 0) process.exit(status ?? 1)
}
