// The exported functions. Everything else in the library is hidden, so this must be the first
// header of NVML's declarations that a file includes.
#ifndef MIG_SIMULATOR_NVML_EXPORTS_H_
#define MIG_SIMULATOR_NVML_EXPORTS_H_

#pragma GCC visibility push(default)

#include "nvml/abi.h"

namespace nvml_abi {
extern "C" {

// Names that the addon does not call. Signatures of header NVML 13.3.
nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned int length);
nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned int* boardId);
nvmlReturn_t nvmlDeviceGetMultiGpuBoard(nvmlDevice_t device, unsigned int* multiGpuBool);
nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display);
nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* isActive);
nvmlReturn_t nvmlDeviceGetNumGpuCores(nvmlDevice_t device, unsigned int* numCores);
nvmlReturn_t nvmlDeviceGetAddressingMode(nvmlDevice_t device, nvmlDeviceAddressingMode_v1_t* mode);
nvmlReturn_t nvmlDeviceGetCapabilities(nvmlDevice_t device, nvmlDeviceCapabilities_v1_t* caps);
nvmlReturn_t nvmlDeviceGetAccountingStats_v2(nvmlDevice_t device, nvmlAccountingStats_v2_t* stats);
nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount);

// Names the machine that the calling thread means in calls without a handle: 0 is the machine of
// the environment.
void migsim_select_machine(unsigned int number);

}  // extern "C"
}  // namespace nvml_abi

#pragma GCC visibility pop

#endif  // MIG_SIMULATOR_NVML_EXPORTS_H_
