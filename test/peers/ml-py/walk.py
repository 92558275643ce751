"""Walks every GPU, profile, placement and instance that NVML knows, and prints what it answered.

Every GPU instance profile is created at each of its placements, with one compute instance of each
profile at each of its placements; afterwards all is as before.
"""

import ctypes
import json

import pynvml as nvml


def fields(structure, *names):
    return {name: getattr(structure, name) for name in names}


def text(value):
    return value.decode() if isinstance(value, bytes) else value


def listed(call, kind, *args, capacity=64):
    """Calls a function that fills an array and sets its length."""
    array = (kind * capacity)()
    count = ctypes.c_uint(capacity)
    call(*args, array, ctypes.byref(count))
    return [array[index] for index in range(count.value)]


def supported(call, *args, **options):
    """What a call answers, or None where there is no such profile."""
    try:
        return call(*args, **options)
    except (nvml.NVMLError_NotSupported, nvml.NVMLError_InvalidArgument):
        return None


def span(placement):
    return fields(placement, "start", "size")


GPU_INSTANCE_COUNTS = (
    "id",
    "isP2pSupported",
    "sliceCount",
    "instanceCount",
    "multiprocessorCount",
    "copyEngineCount",
    "decoderCount",
    "encoderCount",
    "jpegCount",
    "ofaCount",
    "memorySizeMB",
)

COMPUTE_INSTANCE_COUNTS = (
    "id",
    "sliceCount",
    "instanceCount",
    "multiprocessorCount",
    "sharedCopyEngineCount",
    "sharedDecoderCount",
    "sharedEncoderCount",
    "sharedJpegCount",
    "sharedOfaCount",
)

ATTRIBUTES = (
    "multiprocessorCount",
    "sharedCopyEngineCount",
    "sharedDecoderCount",
    "sharedEncoderCount",
    "sharedJpegCount",
    "sharedOfaCount",
    "gpuInstanceSliceCount",
    "computeInstanceSliceCount",
    "memorySizeMB",
)


def walk_gpu(index):
    gpu = nvml.nvmlDeviceGetHandleByIndex(index)
    pci = nvml.nvmlDeviceGetPciInfo(gpu)
    found = {
        "index": nvml.nvmlDeviceGetIndex(gpu),
        "name": text(nvml.nvmlDeviceGetName(gpu)),
        "uuid": text(nvml.nvmlDeviceGetUUID(gpu)),
        "pciDeviceId": pci.pciDeviceId,
        "busId": text(pci.busId),
        "memoryMiB": nvml.nvmlDeviceGetMemoryInfo(gpu).total >> 20,
        "architecture": nvml.nvmlDeviceGetArchitecture(gpu),
        "computeCapability": list(nvml.nvmlDeviceGetCudaComputeCapability(gpu)),
        "isMigDevice": bool(nvml.nvmlDeviceIsMigDeviceHandle(gpu)),
        "mig": supported(nvml.nvmlDeviceGetMigMode, gpu),
        "profiles": [],
    }
    by_bus = nvml.nvmlDeviceGetHandleByPciBusId(found["busId"].encode())
    by_uuid = nvml.nvmlDeviceGetHandleByUUID(found["uuid"].encode())
    found["foundAgain"] = [
        text(nvml.nvmlDeviceGetUUID(handle)) == found["uuid"] for handle in (by_bus, by_uuid)
    ]
    if found["mig"] is None:
        return found
    found["activation"] = nvml.nvmlDeviceSetMigMode(gpu, nvml.NVML_DEVICE_MIG_ENABLE)
    found["migAfter"] = nvml.nvmlDeviceGetMigMode(gpu)
    found["maxMigDevices"] = nvml.nvmlDeviceGetMaxMigDeviceCount(gpu)
    for number in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        # The header counts on; a Python package may be a header behind.
        info = supported(nvml.nvmlDeviceGetGpuInstanceProfileInfo, gpu, number)
        if info is not None:
            found["profiles"].append(walk_profile(gpu, number, info))
    return found


def walk_profile(gpu, number, info):
    old = nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, number, version=1)
    placements = listed(
        nvml.nvmlDeviceGetGpuInstancePossiblePlacements,
        nvml.c_nvmlGpuInstancePlacement_t,
        gpu,
        info.id,
    )
    return {
        "enumIndex": number,
        "name": text(info.name),
        "info": fields(info, *GPU_INSTANCE_COUNTS),
        "infoV1": fields(old, *GPU_INSTANCE_COUNTS),
        "remaining": nvml.nvmlDeviceGetGpuInstanceRemainingCapacity(gpu, info.id),
        "placements": [span(placement) for placement in placements],
        "instances": [
            walk_instance(gpu, info.id, placement, in_full=turn == 0)
            for turn, placement in enumerate(placements)
        ],
    }


def walk_instance(gpu, profile_id, placement, in_full):
    instance = nvml.nvmlDeviceCreateGpuInstanceWithPlacement(gpu, profile_id, ctypes.byref(placement))
    info = nvml.nvmlGpuInstanceGetInfo(instance)
    again = nvml.nvmlGpuInstanceGetInfo(nvml.nvmlDeviceGetGpuInstanceById(gpu, info.id))
    found = {
        "asked": span(placement),
        "id": info.id,
        "profileId": info.profileId,
        "placement": span(info.placement),
        "foundAgain": again.id == info.id and span(again.placement) == span(info.placement),
        "listed": len(
            listed(nvml.nvmlDeviceGetGpuInstances, nvml.c_nvmlGpuInstance_t, gpu, profile_id)
        ),
        "computeProfiles": [],
    }
    for number in range(nvml.NVML_COMPUTE_INSTANCE_PROFILE_COUNT):
        compute = supported(
            nvml.nvmlGpuInstanceGetComputeInstanceProfileInfo,
            instance,
            number,
            nvml.NVML_COMPUTE_INSTANCE_ENGINE_PROFILE_SHARED,
        )
        if compute is not None:
            found["computeProfiles"].append(
                walk_compute_profile(gpu, instance, number, compute, in_full)
            )
    nvml.nvmlGpuInstanceDestroy(instance)
    return found


def walk_compute_profile(gpu, instance, number, info, in_full):
    placements = listed(
        nvml.nvmlGpuInstanceGetComputeInstancePossiblePlacements,
        nvml.c_nvmlComputeInstancePlacement_t,
        instance,
        info.id,
    )
    return {
        "enumIndex": number,
        "name": text(info.name),
        "info": fields(info, *COMPUTE_INSTANCE_COUNTS),
        "remaining": nvml.nvmlGpuInstanceGetComputeInstanceRemainingCapacity(instance, info.id),
        "placements": [span(placement) for placement in placements],
        "instances": [
            walk_compute_instance(gpu, instance, info.id, placement)
            for placement in (placements if in_full else placements[:1])
        ],
    }


def walk_compute_instance(gpu, instance, profile_id, placement):
    made = nvml.nvmlGpuInstanceCreateComputeInstanceWithPlacement(
        instance, profile_id, ctypes.byref(placement)
    )
    info = nvml.nvmlComputeInstanceGetInfo(made)
    device = nvml.nvmlDeviceGetMigDeviceHandleByIndex(gpu, 0)
    uuid = text(nvml.nvmlDeviceGetUUID(device))
    parent = nvml.nvmlDeviceGetDeviceHandleFromMigDeviceHandle(device)
    found = {
        "asked": span(placement),
        "id": info.id,
        "profileId": info.profileId,
        "placement": span(info.placement),
        "device": {
            "name": text(nvml.nvmlDeviceGetName(device)),
            "uuid": uuid,
            "isMigDevice": bool(nvml.nvmlDeviceIsMigDeviceHandle(device)),
            "gpuInstanceId": nvml.nvmlDeviceGetGpuInstanceId(device),
            "computeInstanceId": nvml.nvmlDeviceGetComputeInstanceId(device),
            "attributes": fields(nvml.nvmlDeviceGetAttributes(device), *ATTRIBUTES),
            "memoryMiB": nvml.nvmlDeviceGetMemoryInfo(device).total >> 20,
            "parentUuid": text(nvml.nvmlDeviceGetUUID(parent)),
            "foundAgain": nvml.nvmlDeviceGetComputeInstanceId(
                nvml.nvmlDeviceGetHandleByUUID(uuid.encode())
            )
            == info.id,
        },
    }
    nvml.nvmlComputeInstanceDestroy(made)
    return found


nvml.nvmlInit()
gpus = [walk_gpu(index) for index in range(nvml.nvmlDeviceGetCount())]
print(json.dumps({"driver": text(nvml.nvmlSystemGetDriverVersion()), "gpus": gpus}))
nvml.nvmlShutdown()
