// The exported functions. All other symbols of the library are hidden, so this must be the first
// header with NVML's declarations in a file.
#ifndef MIG_SIMULATOR_NVML_EXPORTS_H_
#define MIG_SIMULATOR_NVML_EXPORTS_H_

#pragma GCC visibility push(default)

#include "nvml/abi.h"

namespace nvml_abi {
extern "C" {

// Functions that the addon does not call. Signatures of header NVML 13.3.
nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned int length);
nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned int* boardId);
nvmlReturn_t nvmlDeviceGetMultiGpuBoard(nvmlDevice_t device, unsigned int* multiGpuBool);
nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display);
nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* isActive);
nvmlReturn_t nvmlDeviceGetTotalEccErrors(nvmlDevice_t device, nvmlMemoryErrorType_t errorType,
                                         nvmlEccCounterType_t counterType,
                                         unsigned long long* eccCounts);
nvmlReturn_t nvmlDeviceGetNumGpuCores(nvmlDevice_t device, unsigned int* numCores);
nvmlReturn_t nvmlDeviceGetAddressingMode(nvmlDevice_t device, nvmlDeviceAddressingMode_v1_t* mode);
nvmlReturn_t nvmlDeviceGetCapabilities(nvmlDevice_t device, nvmlDeviceCapabilities_v1_t* caps);
nvmlReturn_t nvmlDeviceGetAccountingStats_v2(nvmlDevice_t device, nvmlAccountingStats_v2_t* stats);
nvmlReturn_t nvmlDeviceModifyDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t newState);
nvmlReturn_t nvmlDeviceQueryDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t* currentState);
nvmlReturn_t nvmlDeviceRemoveGpu(nvmlPciInfo_v2_t* pciInfo);
nvmlReturn_t nvmlDeviceRemoveGpu_v2(nvmlPciInfo_t* pciInfo, nvmlDetachGpuState_t gpuState,
                                    nvmlPcieLinkState_t linkState);
nvmlReturn_t nvmlDeviceDiscoverGpus(nvmlPciInfo_t* pciInfo);
nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount);

// Selects the machine for the calling thread's calls without a handle; 0 is the machine of the
// environment.
void migsim_select_machine(unsigned int number);

// Resets one GPU of the selected machine, as the driver's tool does; returns an nvmlReturn_t.
// IN_USE while a process uses the GPU or this process has an NVML session on the machine.
int migsim_reset_gpu(const char* pci_bus_id);

}  // extern "C"
}  // namespace nvml_abi

#pragma GCC visibility pop

// Starts the definition of such a function in namespace migsim. A function with C linkage is the
// same one in every namespace.
#define MIGSIM_EXPORT extern "C" __attribute__((visibility("default")))

namespace migsim {

namespace abi = nvml_abi;

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_EXPORTS_H_
