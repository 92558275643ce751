/** The clients that the simulated driver must satisfy. What they ask of a driver was written elsewhere. */
export type PeerName =
  | 'nvidia-mig-parted'
  | 'gpu-feature-discovery'
  | 'nvidia-ctk'
  | 'nvidia-ml-py'
  | 'nvidia-nvml-dev'
  | 'nvitop'
  | 'gpustat'
  | 'go-gpuallocator'
  | 'nvml-wrapper'
  | 'dra-allocator'

/** A Go program: what `go install` takes. */
export interface GoPeer {
  readonly name: PeerName
  readonly module: string
  readonly version: string
  /** Below the module. */
  readonly command: string
}

/** A program of ours that calls a library; the lock file beside the program pins the library. */
export interface OwnProgram {
  /** From this folder. */
  readonly folder: string
  readonly language: 'go' | 'rust'
}

export interface OwnPeer extends OwnProgram {
  readonly name: PeerName
  readonly version: string
}

/** A Python package. */
export interface PythonPeer {
  readonly name: PeerName
  readonly version: string
}

export const toolkit: GoPeer = {
  name: 'nvidia-ctk',
  module: 'github.com/NVIDIA/nvidia-container-toolkit',
  version: 'v1.20.0',
  command: 'cmd/nvidia-ctk',
}

export const goPeers: readonly GoPeer[] = [
  {
    name: 'nvidia-mig-parted',
    module: 'github.com/NVIDIA/mig-parted',
    version: 'v0.15.0',
    command: 'cmd/nvidia-mig-parted',
  },
  {
    name: 'gpu-feature-discovery',
    module: 'github.com/NVIDIA/k8s-device-plugin',
    version: 'v0.20.0',
    command: 'cmd/gpu-feature-discovery',
  },
  toolkit,
]

export const ownPeers: readonly OwnPeer[] = [
  { name: 'go-gpuallocator', version: 'v0.6.0', folder: 'device-plugin', language: 'go' },
  { name: 'nvml-wrapper', version: '0.13.0', folder: 'rust-client', language: 'rust' },
  { name: 'dra-allocator', version: 'v0.37.2', folder: 'dra-allocator', language: 'go' },
]

const bindings: PythonPeer = { name: 'nvidia-ml-py', version: '13.615.71' }

/** Each group has a Python of its own, so that a package that cannot be had takes no other along. */
export const pythonPeers: readonly (readonly PythonPeer[])[] = [
  [bindings, { name: 'nvidia-nvml-dev', version: '13.5.37' }],
  [{ name: 'nvitop', version: '1.7.2' }, bindings],
  [{ name: 'gpustat', version: '1.1.1' }, bindings],
]
