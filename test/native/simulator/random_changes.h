// Random changes of a machine: create and destroy GPU and compute instances, with and without
// placements; switch MIG modes; change settings; remove and discover GPUs.
#ifndef MIG_NVML_TEST_RANDOM_CHANGES_H_
#define MIG_NVML_TEST_RANDOM_CHANGES_H_

#include <random>

#include "nvml_library.h"

namespace random_changes {

using namespace nvml_abi;

inline std::mt19937 numbers;

inline unsigned Below(unsigned limit) { return numbers() % limit; }

inline void CreateGpuInstance(nvmlDevice_t gpu) {
  nvmlGpuInstanceProfileInfo_t profile = {};
  if (NVML(nvmlDeviceGetGpuInstanceProfileInfo)(gpu, Below(10), &profile) != NVML_SUCCESS) return;
  nvmlGpuInstance_t made;
  if (Below(2) == 0) {
    NVML(nvmlDeviceCreateGpuInstance)(gpu, profile.id, &made);
    return;
  }
  nvmlGpuInstancePlacement_t places[32];
  unsigned count = 0;
  NVML(nvmlDeviceGetGpuInstancePossiblePlacements_v2)(gpu, profile.id, places, &count);
  if (count == 0) return;  // another process has removed the GPU meanwhile
  NVML(nvmlDeviceCreateGpuInstanceWithPlacement)(gpu, profile.id, &places[Below(count)], &made);
}

inline nvmlGpuInstance_t AnyGpuInstance(nvmlDevice_t gpu) {
  nvmlGpuInstance_t found = nullptr;
  const unsigned first = Below(16);
  for (unsigned i = 0; i < 16 && found == nullptr; ++i) {
    NVML(nvmlDeviceGetGpuInstanceById)(gpu, (first + i) % 16, &found);
  }
  return found;
}

inline void CreateComputeInstance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t owner = AnyGpuInstance(gpu);
  if (owner == nullptr) return;
  nvmlComputeInstance_t made;
  NVML(nvmlGpuInstanceCreateComputeInstance)(owner, Below(5), &made);
}

inline void DestroyComputeInstance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t owner = AnyGpuInstance(gpu);
  nvmlComputeInstance_t instance = nullptr;
  if (owner == nullptr) return;
  NVML(nvmlGpuInstanceGetComputeInstanceById)(owner, Below(3), &instance);
  if (instance != nullptr) NVML(nvmlComputeInstanceDestroy)(instance);
}

inline void DestroyGpuInstance(nvmlDevice_t gpu) {
  const nvmlGpuInstance_t instance = AnyGpuInstance(gpu);
  if (instance != nullptr) NVML(nvmlGpuInstanceDestroy)(instance);
}

inline void SwitchMode(nvmlDevice_t gpu) {
  nvmlReturn_t activation;
  NVML(nvmlDeviceSetMigMode)(gpu, Below(4) != 0, &activation);
}

inline void ChangeSetting(nvmlDevice_t gpu) {
  const auto mode = static_cast<nvmlEnableState_t>(Below(3) == 0);
  switch (Below(4)) {
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
      NVML(nvmlDeviceSetComputeMode)(gpu, static_cast<nvmlComputeMode_t>(Below(4)));
  }
}

inline void RemoveGpu(nvmlDevice_t gpu) {
  using Remove = unsigned(nvmlPciInfo_t*, unsigned, unsigned);
  nvmlPciInfo_t pci = {};
  if (NVML(nvmlDeviceGetPciInfo_v3)(gpu, &pci) != NVML_SUCCESS) return;
  NvmlSymbol<Remove>("nvmlDeviceRemoveGpu_v2")(&pci, 1, 0);
}

inline void DiscoverGpus() {
  using Discover = unsigned(nvmlPciInfo_t*);
  nvmlPciInfo_t everywhere = {};
  NvmlSymbol<Discover>("nvmlDeviceDiscoverGpus")(&everywhere);
}

// Also while other processes have removed every GPU.
inline bool BeginSession() {
  return NVML(nvmlInitWithFlags)(NVML_INIT_FLAG_NO_GPUS) == NVML_SUCCESS;
}

// One change of one GPU. The session must be open.
inline void ChangeSomething() {
  unsigned gpus = 0;
  NVML(nvmlDeviceGetCount_v2)(&gpus);
  if (gpus == 0 || Below(30) == 0) return DiscoverGpus();
  const nvmlDevice_t gpu = GpuAt(Below(gpus));
  if (Below(30) == 0) return ChangeSetting(gpu);
  if (Below(300) == 0) return RemoveGpu(gpu);
  switch (Below(12)) {
    case 0:
      SwitchMode(gpu);
      break;
    case 1:
    case 2:
    case 3:
    case 4:
      CreateGpuInstance(gpu);
      break;
    case 5:
    case 6:
    case 7:
      CreateComputeInstance(gpu);
      break;
    case 8:
    case 9:
      DestroyComputeInstance(gpu);
      break;
    default:
      DestroyGpuInstance(gpu);
  }
}

}  // namespace random_changes

#endif  // MIG_NVML_TEST_RANDOM_CHANGES_H_
