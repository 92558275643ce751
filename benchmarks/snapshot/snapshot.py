"""The NVML calls of a further look at a machine, its profile tables known, through nvidia-ml-py.

Looks as often as its argument says, and prints JSON: the median time of a look in microseconds, and
how many MIG devices one saw. The library is the one that the loader finds.
"""

import ctypes
import json
import statistics
import sys
import time

import pynvml as nvml

MOST = 64


def profile_ids(gpu):
    ids = []
    for index in range(nvml.NVML_GPU_INSTANCE_PROFILE_COUNT):
        try:
            ids.append(nvml.nvmlDeviceGetGpuInstanceProfileInfo(gpu, index).id)
        except (nvml.NVMLError_NotSupported, nvml.NVMLError_InvalidArgument):
            pass
    return ids


def look_at_instance(gpu_uuid, instance):
    info = nvml.nvmlGpuInstanceGetInfo(instance)
    inside = (nvml.c_nvmlComputeInstance_t * MOST)()
    count = ctypes.c_uint(MOST)
    # A 1g GPU instance has one size of compute instance, id 0.
    nvml.nvmlGpuInstanceGetComputeInstances(instance, 0, inside, ctypes.byref(count))
    for position in range(count.value):
        compute = nvml.nvmlComputeInstanceGetInfo(inside[position])
        device = nvml.nvmlDeviceGetHandleByUUID(f"MIG-{gpu_uuid}/{info.id}/{compute.id}")
        nvml.nvmlDeviceGetUUID(device)
    return count.value


def look(profiles):
    mig_devices = 0
    for index in range(nvml.nvmlDeviceGetCount()):
        gpu = nvml.nvmlDeviceGetHandleByIndex(index)
        uuid = nvml.nvmlDeviceGetUUID(gpu)
        nvml.nvmlDeviceGetMigMode(gpu)
        for profile in profiles:
            instances = (nvml.c_nvmlGpuInstance_t * MOST)()
            count = ctypes.c_uint(MOST)
            nvml.nvmlDeviceGetGpuInstances(gpu, profile, instances, ctypes.byref(count))
            for position in range(count.value):
                mig_devices += look_at_instance(uuid, instances[position])
    return mig_devices


def main():
    nvml.nvmlInit()
    profiles = profile_ids(nvml.nvmlDeviceGetHandleByIndex(0))
    times = []
    for _ in range(int(sys.argv[1])):
        start = time.perf_counter_ns()
        mig_devices = look(profiles)
        times.append((time.perf_counter_ns() - start) / 1000)
    print(json.dumps({"medianUs": statistics.median(times), "migDevices": mig_devices}))


main()
