/** Valid entries of version `mig-nvml/v1`, as YAML. None of them depends on the machine. */
export const goodEntries: Readonly<Record<string, string>> = {
  'an entry of version 1': 'devices: all, mig-enabled: true, mig-devices: {1g.5gb: 2}',
  'MIG off': 'devices: [0], mig-enabled: false',
  'MIG off with nothing wanted': 'devices: [0], mig-enabled: false, mig-devices: {}',
  'no mode if devices are wanted': 'devices: all, mig-devices: {1g.5gb: 7}',
  'one index': 'devices: 3, mig-devices: {}',
  'a UUID': 'devices: GPU-8f6c1a1e-0000-0000-0000-000000000001, mig-devices: {}',
  'a PCI address, which is not base 60': 'devices: 07:00.0, mig-devices: {}',
  'a list of GPUs': 'devices: [0, "0000:07:00.0"], mig-devices: {}',
  'a number of GPUs': 'devices: all, count: 4, mig-devices: {7g.40gb: 1}',
  'the other GPUs': 'devices: others, mig-enabled: false',
  'a pattern': 'devices: all, device-filter: "A100*", mig-devices: {}',
  'a profile by id': 'devices: all, mig-devices: {"id:19": 7}',
  'devices in a list':
    'devices: all, mig-devices: [{profile: 1g.5gb, count: 2}, {profile: "id:5"}]',
  'devices by need':
    'devices: all, mig-devices: [{memory-mib: 9000, compute-slices: 2, multiprocessors: 20, engines: {decoder: 1}, count: 2}]',
  'devices on all GPUs together': 'devices: all, total-mig-devices: {1g.5gb: 16, 3g.20gb: 8}',
  'exact places': 'devices: [0], placements: [{profile: 3g.20gb, start: 4}]',
  'places of compute instances':
    'devices: [0], placements: [{profile: 3g.20gb, start: 4, compute-instances: [{profile: 1c.3g.20gb, start: 2}, {profile: "id:0"}]}]',
  'a GPU instance without a compute instance':
    'devices: [0], placements: [{profile: 3g.20gb, start: 4, compute-instances: []}]',
  'at least': 'devices: all, mig-devices: {1g.5gb: 1}, at-least: true',
  'devices that stay': 'devices: all, mig-devices: {1g.5gb: 1}, keep: busy',
  'devices that stay, by UUID':
    'devices: all, mig-devices: {1g.5gb: 1}, keep: [MIG-1, MIG-GPU-1/2/0]',
}

/** Invalid entries, each with the last part of the path of the first issue. */
export const badEntries: Readonly<Record<string, readonly [entry: string, at: string | number]>> = {
  'no devices': ['mig-enabled: false', 'devices'],
  'a negative index': ['devices: [-1], mig-enabled: false', 0],
  'text that names no GPU': ['devices: everything, mig-enabled: false', 'devices'],
  'a MIG device as a GPU': ['devices: MIG-1, mig-enabled: false', 'devices'],
  'a count of 0': ['devices: all, count: 0, mig-devices: {}', 'count'],
  'nothing wanted': ['devices: all', 'mig-devices'],
  'nothing wanted with MIG on': [
    'devices: all, mig-enabled: true, mig-devices: null',
    'mig-devices',
  ],
  'two fields for devices': [
    'devices: all, mig-devices: {1g.5gb: 1}, total-mig-devices: {1g.5gb: 1}',
    'total-mig-devices',
  ],
  'devices with MIG off': [
    'devices: all, mig-enabled: false, mig-devices: {1g.5gb: 1}',
    'mig-devices',
  ],
  'places with MIG off': [
    'devices: all, mig-enabled: false, placements: [{profile: 1g.5gb, start: 0}]',
    'placements',
  ],
  'only counts of 0': ['devices: all, total-mig-devices: {1g.5gb: 0}', 'total-mig-devices'],
  'a size of another form': ['devices: all, mig-devices: {1G.5GB: 1}', '1G.5GB'],
  'a size and a need': [
    'devices: all, mig-devices: [{profile: 1g.5gb, memory-mib: 1}]',
    'memory-mib',
  ],
  'a need for nothing': ['devices: all, mig-devices: [{count: 2}]', 0],
  'an engine that there is not': ['devices: all, mig-devices: [{engines: {warp: 1}}]', 'warp'],
  'a place without a start': ['devices: all, placements: [{profile: 1g.5gb}]', 'start'],
  'another word to keep': ['devices: all, mig-devices: {}, keep: some', 'keep'],
  'a GPU to keep': ['devices: all, mig-devices: {}, keep: [GPU-1]', 0],
  'what stays beside places': ['devices: all, placements: [], keep: all', 'keep'],
  'at least these places': ['devices: all, placements: [], at-least: true', 'at-least'],
  'a number of the others': ['devices: others, count: 2, mig-devices: {}', 'count'],
  'the others together': ['devices: others, total-mig-devices: {1g.5gb: 1}', 'total-mig-devices'],
  'a field that there is not': ['devices: all, mig-devices: {}, priority: 1', 'priority'],
}

export function documentWith(entry: string, version = 'mig-nvml/v1'): string {
  return `version: ${version}\nmig-configs:\n  x:\n    - {${entry}}\n`
}
