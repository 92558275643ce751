// npm runs this after an installation in a checkout, and before it packs. A package has its binaries from
// build-prebuilds.mjs, so that packing builds them once.
import { spawnSync } from 'node:child_process'

const packs = ['pack', 'publish'].includes(process.env.npm_command)
const { status } = spawnSync('npm', ['run', packs ? 'build:ts' : 'build'], { stdio: 'inherit' })
process.exit(status ?? 1)
