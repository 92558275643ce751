// Writes dist/mig-config.schema.json; needs the dist/ that build-ts.mjs makes.
import { writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { makeConfigSchema } from './config-schema.mjs'

const dist = join(dirname(fileURLToPath(import.meta.url)), '../dist')
const schemas = await import(pathToFileURL(join(dist, 'config/schema/schema.js')).href)
const text = JSON.stringify(makeConfigSchema(schemas), null, 2)
writeFileSync(join(dist, 'mig-config.schema.json'), `${text}\n`)
