#include <cstdio>

#include "questions.h"

namespace migprobe {

using namespace nvml_abi;

namespace {

// From R465 on a MIG device is also found by its place. The UUID itself is not written down. And
// whether its GPU instance is found by id where the driver refuses the lists.
void ask_by_place(const Subject& gpu, nvmlDevice_t gpu_handle, nvmlDevice_t handle) {
  const Subject device = gpu.part("mig-device");
  char uuid[96] = "";
  unsigned gpu_instance = 0;
  unsigned compute_instance = 0;
  // One statement each: a call's line ends with its statement.
  bool known = NVML_CALL(device, nvmlDeviceGetUUID).make(gpu_handle, uuid, sizeof(uuid)).ok();
  known &= NVML_CALL(device, nvmlDeviceGetGpuInstanceId).make(handle, &gpu_instance).ok();
  known &= NVML_CALL(device, nvmlDeviceGetComputeInstanceId).make(handle, &compute_instance).ok();
  if (!known) return;
  char text[160];
  std::snprintf(text, sizeof(text), "MIG-%s/%u/%u", uuid, gpu_instance, compute_instance);
  nvmlDevice_t found = nullptr;
  NVML_CALL(device, nvmlDeviceGetHandleByUUID)
      .in("form", "MIG-GPU-<uuid>/<gpu instance>/<compute instance>")
      .make(text, &found)
      .out("sameHandle", found == handle ? 1u : 0u);
  nvmlGpuInstance_t parent = nullptr;
  NVML_CALL(gpu, nvmlDeviceGetGpuInstanceById)
      .in("id", gpu_instance)
      .make(gpu_handle, gpu_instance, &parent);
}

}  // namespace

void ask_mig_devices(const Subject& gpu, nvmlDevice_t handle) {
  // Past the most that any GPU has: how the list ends, and what it says while MIG is off.
  constexpr unsigned kIndexes = 9;
  nvmlDevice_t first = nullptr;
  for (unsigned index = 0; index < kIndexes; ++index) {
    nvmlDevice_t device = nullptr;
    const bool there = NVML_CALL(gpu, nvmlDeviceGetMigDeviceHandleByIndex)
                           .in("index", index)
                           .make(handle, index, &device)
                           .ok();
    if (there && first == nullptr) first = device;
  }
  if (first == nullptr) return;
  const Subject device = gpu.part("mig-device");
  ask_gpu(device, first);
  ask_processes(device, first);
  ask_events(device, first);
  nvmlDevice_t parent = nullptr;
  NVML_CALL(device, nvmlDeviceGetDeviceHandleFromMigDeviceHandle)
      .make(first, &parent)
      .out("sameHandle", parent == handle ? 1u : 0u);
  ask_by_place(gpu, handle, first);
}

}  // namespace migprobe
