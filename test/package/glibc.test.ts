import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, inject, test } from 'vitest'

const readme = readFileSync(fileURLToPath(new URL('../../README.md', import.meta.url)), 'utf8')
const { files, project } = inject('packed')
const binaries = files.filter((file) => file.startsWith('prebuilds/'))

/** The newest that is named, as a number by which versions can be compared. */
function newest(symbols: string, prefix: string): number {
  const versions = [...symbols.matchAll(new RegExp(`\\b${prefix}_([\\d.]+)`, 'g'))]
  return Math.max(...versions.map(([, version = '']) => asNumber(version)))
}

function asNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1000 + patch
}

test('the README names the oldest glibc and C++ library that the binaries need', () => {
  expect(readme).toMatch(/glibc 2\.34/)
  expect(readme).toMatch(/GCC 11/)
})

// RHEL 9 has both of these, Ubuntu 22.04 and Debian 12 have newer ones.
describe.each(binaries)('%s', (file) => {
  const path = join(project, 'node_modules/mig-nvml', file)
  const read = (...args: string[]): string =>
    execFileSync('readelf', ['--wide', ...args, path], { encoding: 'utf8' })

  test('the binary needs nothing newer than glibc 2.34 and the libstdc++ of GCC 11', () => {
    const symbols = read('--dyn-syms')
    expect(newest(symbols, 'GLIBC')).toBeLessThanOrEqual(asNumber('2.34'))
    expect(newest(symbols, 'GLIBCXX')).toBeLessThanOrEqual(asNumber('3.4.29'))
    expect(newest(symbols, 'CXXABI')).toBeLessThanOrEqual(asNumber('1.3.13'))
  })

  test('the binary needs no library but those of C and C++', () => {
    const needed = [...read('--dynamic').matchAll(/NEEDED.*\[(.*)\]/g)].map(([, name]) => name)
    const known = /^(libc\.so\.6|libm\.so\.6|libstdc\+\+\.so\.6|libgcc_s\.so\.1|ld-linux-.*)$/
    expect(needed.filter((name) => !known.test(name ?? ''))).toEqual([])
  })

  test('the binary has the architecture that its folder names', () => {
    const machine = file.includes('arm64') ? 'AArch64' : 'Advanced Micro Devices X86-64'
    expect(read('--file-header')).toContain(machine)
  })
})
