// Writes dist/mig-nvml.1, the manual page, from the commands as compiled into build/modules.
import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const load = (file) => import(join(root, 'build/modules/cli', file))
const { commands } = await load('commands.js')
const { manPage } = await load('print/man-page.js')
const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))

// https://reproducible-builds.org/specs/source-date-epoch/
const epoch = process.env.SOURCE_DATE_EPOCH
const time = epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)
const date = time.toISOString().slice(0, 10)
writeFileSync(join(root, 'dist/mig-nvml.1'), await manPage({ version, date, commands }))
