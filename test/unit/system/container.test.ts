import { describe, expect, test } from 'vitest'
import { parseContainer } from '../../../lib/system/process-details.js'

const id = '3f8c0d9ab7e1c2d4f5a60718293a4b5c6d7e8f90123456789abcdef012345678'
const other = 'a'.repeat(64)
const podUid = '0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9'
const underscored = podUid.replaceAll('-', '_')

describe('the container of a process', () => {
  test.each([
    ['docker, cgroup 2', `0::/system.slice/docker-${id}.scope`, 'docker', null],
    ['docker, cgroup 1', `4:memory:/docker/${id}\n3:cpu:/docker/${id}\n0::/`, 'docker', null],
    ['docker in its own cgroup namespace', `0::/../docker-${id}.scope`, 'docker', null],
    [
      'Kubernetes on containerd',
      `0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod${underscored}.slice/cri-containerd-${id}.scope`,
      'containerd',
      podUid,
    ],
    [
      'Kubernetes on containerd without the systemd driver',
      `0::/kubepods/besteffort/pod${podUid}/${id}`,
      null,
      podUid,
    ],
    [
      'Kubernetes on containerd, named by its own slice',
      `1:name=systemd:/system.slice/containerd.service/kubepods-burstable-pod${underscored}.slice:cri-containerd:${id}`,
      'containerd',
      podUid,
    ],
    [
      'Kubernetes on CRI-O',
      `0::/kubepods.slice/kubepods-pod${underscored}.slice/crio-${id}.scope`,
      'cri-o',
      podUid,
    ],
    ['podman', `0::/machine.slice/libpod-${id}.scope/container`, 'podman', null],
    ['nerdctl', `0::/system.slice/nerdctl-${id}.scope`, 'containerd', null],
    ['docker inside docker', `0::/docker/${other}/docker/${id}`, 'docker', null],
  ])('a container of %s is found by its control group', (_name, cgroup, runtime, uid) => {
    expect(parseContainer(`${cgroup}\n`)).toEqual({ id, runtime, podUid: uid })
  })

  test('an LXC container is found by its name', () => {
    const found = { id: 'build-box', runtime: 'lxc', podUid: null }
    expect(parseContainer('0::/lxc.payload.build-box/init.scope\n')).toEqual(found)
    expect(parseContainer('9:cpuset:/lxc/build-box\n0::/\n')).toEqual(found)
  })

  test.each([
    '0::/user.slice/user-1000.slice/session-2.scope\n',
    '0::/system.slice/nvidia-persistenced.service\n',
    '0::/\n',
    '',
    // A hash that is no container's: too short, too long.
    `0::/build/${id.slice(1)}\n`,
    `0::/build/${id}0\n`,
  ])('a process with the control group %j is in no container', (cgroup) => {
    expect(parseContainer(cgroup)).toBeNull()
  })
})
