// Random changes of a machine: GPU and compute instances made and destroyed, with and without
// places, MIG modes switched, settings changed, and GPUs removed and discovered.
#ifndef MIG_NVML_TEST_RANDOM_CHANGES_H_
#define MIG_NVML_TEST_RANDOM_CHANGES_H_

#include <random>

#include "nvml_library.h"

namespace random_changes {

using namespace nvml_abi;

inline std::mt19937 numbers;

inline unsigned below(unsigned limit) { return numbers() % limit; }

inline void create_gpu_instance(nvmlDevice_t gpu) {
  nvmlGpuInstanceProfileInfo_t profile = {};
  if (NVML(nvmlDeviceGetGpuInstanceProfileInfo)(gpu, below(10), &profile) != NVML_SUCCESS) return;
  nvmlGpuInstance_t made;
  if (below(2) == 0) {
    NVML(nvmlDeviceCreateGpuInstance)(gpu, profile.id, &made);
    return;
  }
  nvmlGpuInstancePlacement_t places[32];
  unsigned count = 0;
  NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(gpu, profile.id, places, &count);
  if (count == 0) return;  // somebody has removed the GPU meanwhile
  NVML(nvmlDeviceCreateGpuInstanceWithPlacement)(gpu, profile.id, &places[below(count)], &made);
}

inline nvmlGpuInstance_t any_gpu_instance(nvmlDevice_t gpu) {
  nvmlGpuInstance_t found = nullptr;
  const unsigned first = below(16);
  for (unsigned i = 0; i < 16 && found == nullptr; ++i) {
    NVML(nvmlDeviceGetGpuInstanceById)(gpu, (first + i) % 16, &found);
  }
  return found;
}

inline void create_compute_instance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t owner = any_gpu_instance(gpu);
  if (owner == nullptr) return;
  nvmlComputeInstance_t made;
  NVML(nvmlGpuInstanceCreateComputeInstance)(owner, below(5), &made);
}

inline void destroy_compute_instance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t owner = any_gpu_instance(gpu);
  nvmlComputeInstance_t instance = nullptr;
  if (owner == nullptr) return;
  NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, below(3), &instance);
  if (instance != nullptr) NVML(nvmlComputeInstanceDestroy)(instance);
}

inline void destroy_gpu_instance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t instance = any_gpu_instance(gpu);
  if (instance != nullptr) NVML(nvmlGpuInstanceDestroy)(instance);
}

inline void switch_mode(nvmlDevice_t gpu) {
  nvmlReturn_t activation;
  NVML(nvmlDeviceSetMigMode)(gpu, below(4) != 0, &activation);
}

inline void change_setting(nvmlDevice_t gpu) {
  const auto mode = static_cast<nvmlEnableState_t>(below(3) == 0);
  switch (below(4)) {
    case 0:
      NVML(nvmlDeviceSetPersistenceMode)(gpu, mode);
      break;
    case 1:
      NVML(nvmlDeviceSetAccountingMode)(gpu, mode);
      break;
    case 2:
      NVML(nvmlDeviceSetEccMode)(gpu, mode);
      break;
    default:
      NVML(nvmlDeviceSetComputeMode)(gpu, static_cast<nvmlComputeMode_t>(below(4)));
  }
}

inline void remove_gpu(nvmlDevice_t gpu) {
  using Remove = unsigned(nvmlPciInfo_t*, unsigned, unsigned);
  nvmlPciInfo_t pci = {};
  if (NVML(nvmlDeviceGetPciInfo_v3)(gpu, &pci) != NVML_SUCCESS) return;
  nvml_symbol<Remove>("nvmlDeviceRemoveGpu_v2")(&pci, 1, 0);
}

inline void discover_gpus() {
  using Discover = unsigned(nvmlPciInfo_t*);
  nvmlPciInfo_t everywhere = {};
  nvml_symbol<Discover>("nvmlDeviceDiscoverGpus")(&everywhere);
}

// Also while others have removed every GPU.
inline bool begin_session() {
  return NVML(nvmlInitWithFlags)(NVML_INIT_FLAG_NO_GPUS) == NVML_SUCCESS;
}

// One change of one GPU. The session must be open.
inline void change_something() {
  unsigned gpus = 0;
  NVML(nvmlDeviceGetCount_v2)(&gpus);
  if (gpus == 0 || below(30) == 0) return discover_gpus();
  const nvmlDevice_t gpu = gpu_at(below(gpus));
  if (below(30) == 0) return change_setting(gpu);
  if (below(300) == 0) return remove_gpu(gpu);
  switch (below(12)) {
    case 0:
      switch_mode(gpu);
      break;
    case 1:
    case 2:
    case 3:
    case 4:
      create_gpu_instance(gpu);
      break;
    case 5:
    case 6:
    case 7:
      create_compute_instance(gpu);
      break;
    case 8:
    case 9:
      destroy_compute_instance(gpu);
      break;
    default:
      destroy_gpu_instance(gpu);
  }
}

}  // namespace random_changes

#endif  // MIG_NVML_TEST_RANDOM_CHANGES_H_
