"""Creates or destroys instances on every GPU, and prints what is there afterwards.

change.py create | destroy-half | destroy
"""

import ctypes
import json
import sys

import pynvml as nvml

# Profile indexes of NVML, largest first: they fit beside each other on every 7-slice GPU.
WANTED = {
    0: (
        nvml.NVML_GPU_INSTANCE_PROFILE_3_SLICE,
        nvml.NVML_GPU_INSTANCE_PROFILE_2_SLICE,
        nvml.NVML_GPU_INSTANCE_PROFILE_1_SLICE,
        nvml.NVML_GPU_INSTANCE_PROFILE_1_SLICE,
    ),
    1: (
        nvml.NVML_GPU_INSTANCE_PROFILE_4_SLICE,
        nvml.NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV1,
        nvml.NVML_GPU_INSTANCE_PROFILE_1_SLICE_REV2,
    ),
}


def create(gpu, profile):
    """Makes a GPU instance with one-slice compute instances until it is full."""
    instance = nvml.nvmlDeviceCreateGpuInstance(
        gpu, nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, profile).id
    )
    one_slice = nvml.nvmlGpuInstanceGetComputeInstanceProfileInfo(
        instance,
        nvml.NVML_COMPUTE_INSTANCE_PROFILE_1_SLICE,
        nvml.NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED,
    )
    while nvml.nvmlGpuInstanceGetComputeInstanceRemainingCapacity(instance, one_slice.id) > 0:
        nvml.nvmlGpuInstanceCreateComputeInstance(instance, one_slice.id)


def listed(call, owner, profile_ids, kind):
    """All instances of an owner: they can only be listed by profile."""
    for profile_id in profile_ids:
        array = (kind * 16)()
        count = ctypes.c_uint(16)
        call(owner, profile_id, array, ctypes.byref(count))
        # An item of an array is a view of it: the handle must outlive the array.
        yield from (ctypes.cast(array[index], kind) for index in range(count.value))


def ids(query, count):
    found = set()
    for number in range(count):
        try:
            found.add(query(number).id)
        except (nvml.NVMLError_NotSupported, nvml.NVMLError_InvalidArgument):
            pass
    return sorted(found)


def gpu_instances(gpu):
    profile_ids = ids(
        lambda number: nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, number),
        nvml.NVML_GPU_INSTANCE_PROFILE_COUNT,
    )
    found = listed(nvml.nvmlDeviceGetGpuInstances, gpu, profile_ids, nvml.c_nvmlGpuInstance_t)
    return sorted(found, key=lambda one: nvml.nvmlGpuInstanceGetInfo(one).placement.start)


def compute_instances(instance):
    profile_ids = ids(
        lambda number: nvml.nvmlGpuInstanceGetComputeInstanceProfileInfo(
            instance, number, nvml.NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED
        ),
        nvml.NVML_COMPUTE_INSTANCE_PROFILE_COUNT,
    )
    found = listed(
        nvml.nvmlGpuInstanceGetComputeInstances,
        instance,
        profile_ids,
        nvml.c_nvmlComputeInstance_t,
    )
    return sorted(found, key=lambda one: nvml.nvmlComputeInstanceGetInfo(one).placement.start)


def destroy(instance):
    for compute in compute_instances(instance):
        nvml.nvmlComputeInstanceDestroy(compute)
    nvml.nvmlGpuInstanceDestroy(instance)


def mig_uuids(gpu):
    found = {}
    for index in range(nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)):
        try:
            device = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, index)
        except nvml.NVMLError_NotFound:
            continue
        place = (nvml.nvmlDeviceGetGpuInstanceId(device), nvml.nvmlDeviceGetComputeInstanceId(device))
        uuid = nvml.nvmlDeviceGetUUID(device)
        found[place] = uuid.decode() if isinstance(uuid, bytes) else uuid
    return found


def describe(gpu):
    uuids = mig_uuids(gpu)
    found = []
    for instance in gpu_instances(gpu):
        info = nvml.nvmlGpuInstanceGetInfo(instance)
        computes = [nvml.nvmlComputeInstanceGetInfo(one) for one in compute_instances(instance)]
        found.append(
            {
                "id": info.id,
                "profileId": info.profileId,
                "placement": {"start": info.placement.start, "size": info.placement.size},
                "computeInstances": [
                    {
                        "id": compute.id,
                        "profileId": compute.profileId,
                        "placement": {
                            "start": compute.placement.start,
                            "size": compute.placement.size,
                        },
                        "uuid": uuids[info.id, compute.id],
                    }
                    for compute in computes
                ],
            }
        )
    return found


nvml.nvmlInit()
handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
for number, handle in enumerate(handles):
    if sys.argv[1] == "create":
        for wanted in WANTED[number]:
            create(handle, wanted)
    else:
        step = 2 if sys.argv[1] == "destroy-half" else 1
        for one in gpu_instances(handle)[::step]:
            destroy(one)
print(json.dumps([describe(handle) for handle in handles]))
nvml.nvmlShutdown()
