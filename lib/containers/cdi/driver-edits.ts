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
  const { version, folders, libraries, graphics = [], files, sockets, ldconfigPath } = driver
  const cached = [...new Set(libraries.map(({ containerPath }) => folderOf(containerPath)))]
  const hook = hooksOf(driver)
  const linkHook = (links: readonly string[]): readonly CdiHook[] =>
    links.length === 0 ? [] : hook('create-symlinks', ...[...new Set(links)].flatMap(toLinkWords))
  return mergeEdits([
    {
      env: folders.length === 0 ? [] : [`NVIDIA_CTK_LIBCUDA_DIR=${folders.join(':')}`],
      hooks: [
        ...linkHook([...libraries, ...graphics].flatMap(graphicsLinksOf)),
        ...linkHook(libraries.flatMap(linksOf)),
        ...hook('enable-cuda-compat', `--host-driver-version=${version}`),
        ...(cached.length === 0
          ? []
          : hook(
              'update-ldcache',
              ...(ldconfigPath === undefined ? [] : ['--ldconfig-path', ldconfigPath]),
              ...cached.flatMap((folder) => ['--folder', folder]),
            )),
        ...hook('disable-device-node-modification'),
        ...hook('update-application-profile'),
      ],
      mounts: [
        ...[...libraries, ...graphics, ...files].map((file) => toMount(file, readOnly)),
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
  if (soname === null) return found
  if (soname !== file && links.includes(soname)) found.push(`${file}::${folder}/${soname}`)
  const plain = soname.slice(0, soname.lastIndexOf('.so') + '.so'.length)
  if (plain !== soname && links.includes(plain)) found.push(`${soname}::${folder}/${plain}`)
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

/** Links that graphics need, whether the host has them or not. */
function graphicsLinksOf({ containerPath }: HostPath): readonly string[] {
  const folder = folderOf(containerPath)
  const file = containerPath.slice(folder.length + 1)
  if (file.startsWith('libnvidia-allocator.so.'))
    return [`../libnvidia-allocator.so.1::${folder}/gbm/nvidia-drm_gbm.so`]
  const plain = ['libnvidia-vulkan-producer.so', 'libglxserver_nvidia.so'].find((name) =>
    file.startsWith(`${name}.`),
  )
  return plain === undefined ? [] : [`${file}::${folder}/${plain}`]
}

function toLinkWords(link: string): readonly string[] {
  return ['--link', link]
}

function toMount({ hostPath, containerPath }: HostPath, options: readonly string[]): CdiMount {
  return { hostPath, containerPath, options }
}

function folderOf(path: string): string {
  return path.slice(0, path.lastIndexOf('/'))
}
