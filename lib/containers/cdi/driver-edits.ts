import type {
  CdiEdits,
  CdiHook,
  CdiMount,
  DriverFiles,
  DriverLibrary,
  HostPath,
  RenderingNodes,
} from '../../../types/containers/cdi.js'
import { mergeEdits, nodeEdits } from './edits.js'

// As nvidia-ctk 1.20 does (pkg/nvcdi/driver-nvml.go, internal/discover).

const readOnly = ['ro', 'nosuid', 'nodev', 'rbind', 'rprivate']
const socket = ['nosuid', 'nodev', 'rbind', 'rprivate', 'noexec']

/** What every container with the driver gets: its libraries, programs and sockets, and the hooks that set them up. */
export function driverEdits(driver: DriverFiles): CdiEdits {
  const { version, libraries, files, sockets, ldconfigPath } = driver
  const folders = [...new Set(libraries.map(({ containerPath }) => folderOf(containerPath)))]
  const links = [...new Set(libraries.flatMap(linksOf))]
  const hook = hooksOf(driver)
  return mergeEdits([
    {
      env: folders.length === 0 ? [] : [`NVIDIA_CTK_LIBCUDA_DIR=${folders.join(':')}`],
      hooks: [
        ...(links.length === 0 ? [] : hook('create-symlinks', ...links.flatMap(toLinkWords))),
        ...hook('enable-cuda-compat', `--host-driver-version=${version}`),
        ...(folders.length === 0
          ? []
          : hook(
              'update-ldcache',
              ...(ldconfigPath === undefined ? [] : ['--ldconfig-path', ldconfigPath]),
              ...folders.flatMap((folder) => ['--folder', folder]),
            )),
        ...hook('disable-device-node-modification'),
        ...hook('update-application-profile'),
      ],
      mounts: [
        ...libraries.map((library) => toMount(library, readOnly)),
        ...files.map((file) => toMount(file, readOnly)),
        ...sockets.map((each) => toMount(each, socket)),
      ],
    },
  ])
}

/** What a container gets of a GPU for direct rendering. */
export function renderingEdits(driver: DriverFiles, { nodes, links }: RenderingNodes): CdiEdits {
  const hooks =
    links.length === 0 ? [] : hooksOf(driver)('create-symlinks', ...links.flatMap(toLinkWords))
  return { ...nodeEdits(nodes), ...(hooks.length === 0 ? {} : { hooks }) }
}

function hooksOf({
  hookPath = '/usr/bin/nvidia-cdi-hook',
}: DriverFiles): (name: string, ...words: readonly string[]) => readonly CdiHook[] {
  if (hookPath === null) return () => []
  const program = hookPath.slice(hookPath.lastIndexOf('/') + 1)
  const first = program === 'nvidia-ctk' ? [program, 'hook'] : [program]
  return (name, ...words) => [
    {
      hookName: 'createContainer',
      path: hookPath,
      args: [...first, name, ...words],
      env: ['NVIDIA_CTK_DEBUG=false'],
    },
  ]
}

/** The links that a program may look for: those of the host, and some that the host may lack. */
function linksOf({ containerPath, soname, links }: DriverLibrary): readonly string[] {
  const folder = folderOf(containerPath)
  const file = containerPath.slice(folder.length + 1)
  const found: string[] = []
  const always = alwaysLinked.find(({ library }) => file.startsWith(`${library}.`))
  if (always !== undefined) found.push(`${always.target ?? file}::${folder}/${always.link}`)
  if (soname !== null && soname !== file && links.includes(soname))
    found.push(`${file}::${folder}/${soname}`)
  const target = soname ?? file
  const plain = target.slice(0, target.lastIndexOf('.so') + '.so'.length)
  if (plain !== target && links.includes(plain)) found.push(`${target}::${folder}/${plain}`)
  return found
}

const alwaysLinked: readonly {
  readonly library: string
  /** Default: the file itself. */
  readonly target?: string
  readonly link: string
}[] = [
  { library: 'libcuda.so', target: 'libcuda.so.1', link: 'libcuda.so' },
  { library: 'libGLX_nvidia.so', link: 'libGLX_indirect.so.0' },
  {
    library: 'libnvidia-opticalflow.so',
    target: 'libnvidia-opticalflow.so.1',
    link: 'libnvidia-opticalflow.so',
  },
]

function toLinkWords(link: string): readonly string[] {
  return ['--link', link]
}

function toMount({ hostPath, containerPath }: HostPath, options: readonly string[]): CdiMount {
  return { hostPath, containerPath, options }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
