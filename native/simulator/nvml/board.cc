// The board around a GPU: serial number, screens, and common properties of data-centre boards.
#include <string>

#include "simulator/model/identity.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetSerial(abi::nvmlDevice_t device, char* serial,
                                                    unsigned int length) {
  return ReadDevice<"nvmlDeviceGetSerial">(device, Accepts::kGpu, [=](const Call& call) {
    return GiveText(serial, length,
                    std::to_string(SerialNumber(call.machine.seed(), call.target.gpu)));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetBoardId(abi::nvmlDevice_t device,
                                                     unsigned int* boardId) {
  return ReadDevice<"nvmlDeviceGetBoardId">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(boardId, call.machine.PciAddressOf(call.target.gpu).bus << 8);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMultiGpuBoard(abi::nvmlDevice_t device,
                                                           unsigned int* multiGpuBool) {
  return ReadDevice<"nvmlDeviceGetMultiGpuBoard">(
      device, Accepts::kGpu, [=](const Call&) { return Give(multiGpuBool, 0u); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetDisplayMode(abi::nvmlDevice_t device,
                                                         abi::nvmlEnableState_t* display) {
  return ReadDevice<"nvmlDeviceGetDisplayMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(display, call.gpu().drives_display() ? abi::NVML_FEATURE_ENABLED
                                                     : abi::NVML_FEATURE_DISABLED);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetDisplayActive(abi::nvmlDevice_t device,
                                                           abi::nvmlEnableState_t* isActive) {
  return ReadDevice<"nvmlDeviceGetDisplayActive">(device, Accepts::kGpu, [=](const Call&) {
    return Give(isActive, abi::NVML_FEATURE_DISABLED);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetNumGpuCores(abi::nvmlDevice_t device,
                                                         unsigned int* numCores) {
  return ReadDevice<"nvmlDeviceGetNumGpuCores">(device, Accepts::kGpu, [=](const Call& call) {
    if (call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
    const Geometry& geometry = call.gpu().geometry();
    // FP32 lanes of a multiprocessor: 64 on Turing and GA100, 128 since (CUDA programming guide).
    const bool narrow = geometry.compute_major * 10 + geometry.compute_minor <= 80;
    return Give(numCores, (narrow ? 64u : 128u) * geometry.multiprocessor_count);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetAddressingMode(
    abi::nvmlDevice_t device, abi::nvmlDeviceAddressingMode_v1_t* mode) {
  return ReadDevice<"nvmlDeviceGetAddressingMode">(device, Accepts::kGpu, [=](const Call&) {
    if (mode == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (mode->version != abi::nvmlDeviceAddressingMode_v1_version) {
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    mode->value = abi::NVML_DEVICE_ADDRESSING_MODE_NONE;
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCapabilities(abi::nvmlDevice_t device,
                                                          abi::nvmlDeviceCapabilities_v1_t* caps) {
  return ReadDevice<"nvmlDeviceGetCapabilities">(device, Accepts::kGpu, [=](const Call&) {
    if (caps == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (caps->version != abi::nvmlDeviceCapabilities_v1_version) {
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    caps->capMask = 0;
    return abi::NVML_SUCCESS;
  });
}

}  // namespace migsim
