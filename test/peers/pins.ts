/** The clients that the simulated driver must satisfy; none was written here. */
export type PeerName =
  | 'nvidia-mig-parted'
  | 'gpu-feature-discovery'
  | 'nvidia-ctk'
  | 'nvidia-ml-py'
  | 'nvidia-nvml-dev'

/** A Go program: what `go install` takes. */
export interface GoPeer {
  readonly name: PeerName
  readonly module: string
  readonly version: string
  /** Below the module. */
  readonly command: string
}

/** A Python package. */
export interface PythonPeer {
  readonly name: PeerName
  readonly version: string
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
  {
    name: 'nvidia-ctk',
    module: 'github.com/NVIDIA/nvidia-container-toolkit',
    version: 'v1.20.0',
    command: 'cmd/nvidia-ctk',
  },
]

export const pythonPeers: readonly PythonPeer[] = [
  { name: 'nvidia-ml-py', version: '13.615.71' },
  { name: 'nvidia-nvml-dev', version: '13.5.37' },
]
