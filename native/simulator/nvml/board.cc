// The board around a GPU: serial number, screens, and what data-centre boards have in common.
#include <string>

#include "simulator/model/identity.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetSerial(nvmlDevice_t device, char* serial, unsigned int length) {
  return ReadDevice<"nvmlDeviceGetSerial">(device, Accepts::kGpu, [=](const Call& call) {
    return GiveText(serial, length,
                    std::to_string(SerialNumber(call.machine.seed(), call.place.gpu)));
  });
}

nvmlReturn_t nvmlDeviceGetBoardId(nvmlDevice_t device, unsigned int* boardId) {
  return ReadDevice<"nvmlDeviceGetBoardId">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(boardId, call.machine.PciAddressOf(call.place.gpu).bus << 8);
  });
}

nvmlReturn_t nvmlDeviceGetMultiGpuBoard(nvmlDevice_t device, unsigned int* multiGpuBool) {
  return ReadDevice<"nvmlDeviceGetMultiGpuBoard">(
      device, Accepts::kGpu, [=](const Call&) { return Give(multiGpuBool, 0u); });
}

nvmlReturn_t nvmlDeviceGetDisplayMode(nvmlDevice_t device, nvmlEnableState_t* display) {
  return ReadDevice<"nvmlDeviceGetDisplayMode">(device, Accepts::kGpu, [=](const Call& call) {
    return Give(display,
                call.gpu().drives_display() ? NVML_FEATURE_ENABLED : NVML_FEATURE_DISABLED);
  });
}

nvmlReturn_t nvmlDeviceGetDisplayActive(nvmlDevice_t device, nvmlEnableState_t* isActive) {
  return ReadDevice<"nvmlDeviceGetDisplayActive">(
      device, Accepts::kGpu, [=](const Call&) { return Give(isActive, NVML_FEATURE_DISABLED); });
}

nvmlReturn_t nvmlDeviceGetNumGpuCores(nvmlDevice_t device, unsigned int* numCores) {
  return ReadDevice<"nvmlDeviceGetNumGpuCores">(device, Accepts::kGpu, [=](const Call& call) {
    if (call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
    const Geometry& geometry = call.gpu().geometry();
    // FP32 lanes of a multiprocessor: 64 on Turing and GA100, 128 since (CUDA programming guide).
    const bool narrow = geometry.compute_major * 10 + geometry.compute_minor <= 80;
    return Give(numCores, (narrow ? 64u : 128u) * geometry.multiprocessor_count);
  });
}

nvmlReturn_t nvmlDeviceGetAddressingMode(nvmlDevice_t device, nvmlDeviceAddressingMode_v1_t* mode) {
  return ReadDevice<"nvmlDeviceGetAddressingMode">(device, Accepts::kGpu, [=](const Call&) {
    if (mode == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (mode->version != nvmlDeviceAddressingMode_v1_version) {
      return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    mode->value = NVML_DEVICE_ADDRESSING_MODE_NONE;
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlDeviceGetCapabilities(nvmlDevice_t device, nvmlDeviceCapabilities_v1_t* caps) {
  return ReadDevice<"nvmlDeviceGetCapabilities">(device, Accepts::kGpu, [=](const Call&) {
    if (caps == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (caps->version != nvmlDeviceCapabilities_v1_version) {
      return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    caps->capMask = 0;
    return NVML_SUCCESS;
  });
}

}  // namespace nvml_abi
