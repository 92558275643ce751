// Joins the modules of lib/, as compiled into build/modules, into few files in dist/: the entry points, and
// what they share or load later in dist/chunks. To import half a hundred small files takes twice as long. Other packages go
// in as well, without what is not used of them: `yaml` whole takes four times as long to load.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { rolldown } from 'rolldown'
import { catalogTexts } from './catalog-texts.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { bin, exports, peerDependencies } = JSON.parse(
  readFileSync(join(root, 'package.json'), 'utf8'),
)
const yaml = dirname(createRequire(import.meta.url).resolve('yaml/package.json'))
const outside = Object.keys(peerDependencies)
const entries = [...Object.values(exports).map((target) => target.default), ...Object.values(bin)]
  .filter((file) => file !== undefined)
  .map((file) => file.replace('./dist/', ''))

// What several files share goes together, because each file takes a third of a millisecond to load. A group takes what it
// imports along unless an earlier group has it, so the order counts: first what nearly everything needs.
const groups = [
  { name: 'yaml', test: /\/node_modules\/yaml\// },
  { name: 'valibot', test: /\/node_modules\/valibot\// },
  // Every start of the command line needs these two, even one that only prints its help.
  { name: 'visible-text', test: /\/modules\/model\/visible-text\.js$/ },
  { name: 'start', test: /\/modules\/cli\/(parse\/(parse-args|verb)|print\/terminal)\.js$/ },
  {
    name: 'catalog',
    test: /\/modules\/model\/(catalog(-text|-file)?|geometry|unknown-geometry)\.js$/,
  },
  { name: 'driver', test: /\/modules\/model\/package-root\.js$/ },
  { name: 'model', test: /\/modules\/(model\/|errors\.js$)/ },
  {
    name: 'tables',
    test: /\/modules\/solver\/((tables|compute|layout)\/|placing\/(can-add|find-places|max-additional|stranded)\.js$)/,
  },
  { name: 'driver', test: /\/modules\/driver\// },
  { name: 'metrics', test: /\/modules\/metrics\// },
  { name: 'pictures', test: /\/modules\/(render\/|plan\/text\.js$)/ },
  {
    name: 'machine',
    test: /\/modules\/machine\/(host|index|start|watch|operation\/option-rules)\.js$/,
  },
  { name: 'selectors', test: /\/modules\/config\/(document\/read-entry|match\/gpu-selector)\.js$/ },
  // What the command line needs to read a machine, to choose layouts for it, and to change it.
  {
    name: 'reading',
    test: /\/modules\/(machine\/(read|journal\/find-interrupted|operation\/(operation|device-numbers))|cli\/parse\/(machine|one-gpu|options))\.js$/,
  },
  { name: 'repartition', test: /\/modules\/solver\/(live|repartition)\// },
  { name: 'solver', test: /\/modules\/solver\// },
  { name: 'documents', test: /\/modules\/config\/document\/check-document\.js$/ },
  { name: 'resolve', test: /\/modules\/config\/(document\/read-input|resolve\/[a-z-]+)\.js$/ },
  { name: 'choosing', test: /\/modules\/plan\// },
  {
    name: 'changing',
    test: /\/modules\/machine\/((apply|plan)\.js$|(apply|operation)\/)|\/cli\/parse\/config-input\.js$/,
  },
  // What a cluster calls the devices of a machine.
  {
    name: 'resources',
    test: /\/modules\/kubernetes\/((plan-targets|resource-names?|check-options|strategy-problems)|dra\/(class-names|device-names))\.js$/,
  },
  // What stands on its nodes and pods.
  {
    name: 'objects',
    test: /\/modules\/kubernetes\/(agent\/(advertised|names|pod-claims|pod-facts|record)|rollout\/names)\.js$/,
  },
  { name: 'layouts', test: /\/modules\/kubernetes\/layout\/(read-node-layout|seen-layout)\.js$/ },
  { name: 'files', test: /\/modules\/system\/(make-folder|read-if-there|write-file)\.js$/ },
]

const bundle = await rolldown({
  input: Object.fromEntries(
    entries.map((file) => [file.replace(/\.js$/, ''), join(root, 'build/modules', file)]),
  ),
  platform: 'node',
  plugins: [inlineCatalog()],
  // What Node gets of this package is CommonJS, of which a bundler cannot leave out anything.
  resolve: { alias: { yaml: join(yaml, 'browser/dist/index.js') } },
  external: (name) =>
    name.startsWith('node:') ||
    outside.some((each) => name === each || name.startsWith(`${each}/`)),
  onLog(level, log) {
    throw new Error(`${level}: ${log.message}`)
  },
})
const { output } = await bundle.write({
  dir: join(root, 'dist'),
  entryFileNames: '[name].js',
  chunkFileNames: 'chunks/[name].js',
  codeSplitting: {
    groups: groups.map(({ name, test }, position) => ({
      name,
      test,
      priority: groups.length - position,
    })),
  },
})
await bundle.close()
writeLicenses()

/** The licenses of the packages whose code is in dist/. */
function writeLicenses() {
  const modules = output.flatMap(({ moduleIds = [] }) => moduleIds)
  const folders = new Set(
    modules.flatMap((id) => /.*\/node_modules\/(?:@[^/]+\/)?[^/]+/.exec(id)?.[0] ?? []),
  )
  const texts = [...folders].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
    const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each))
    if (file === undefined) throw new Error(`${name} has no license file`)
    return `${name} ${version}\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`
  })
  const heading = 'The code of this package contains parts of these packages.\n'
  writeFileSync(
    join(root, 'dist/third-party-licenses.txt'),
    [heading, ...texts].join(`\n${'-'.repeat(72)}\n\n`),
  )
}

/** Puts the texts themselves in place of lib/model/catalog-text.ts, which reads the files. */
function inlineCatalog() {
  return {
    name: 'inline-catalog',
    load(id) {
      if (!id.endsWith('/model/catalog-text.js')) return null
      const texts = JSON.stringify(catalogTexts())
      return `const texts = ${texts}\nexport function readCatalogText(file) { return texts[file] }\n`
    },
  }
}
