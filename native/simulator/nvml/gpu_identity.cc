// What a device is called and where it sits.
#include <cstdio>
#include <cstring>
#include <string>

#include "simulator/model/identity.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

constexpr unsigned kPciClassDisplay = 0x03;
constexpr unsigned kPciSubclassVga = 0x00;
constexpr unsigned kPciSubclass3d = 0x02;

std::string OldMigUuidText(const Call& call) {
  char text[kUuidTextSize];
  WriteUuid(call.machine.GpuUuid(call.place.gpu), text);
  return "MIG-GPU-" + std::string(text) + "/" + std::to_string(call.place.gpu_instance) + "/" +
         std::to_string(call.place.compute_instance);
}

// In one buffer: clients ask for it more often than for anything else.
nvmlReturn_t GiveUuid(const Call& call, char* out, unsigned length) {
  struct {
    char kind[4];
    char uuid[kUuidTextSize];
  } text;
  static_assert(sizeof text == sizeof text.kind + sizeof text.uuid);
  if (!call.is_mig_device()) {
    std::memcpy(text.kind, "GPU-", sizeof text.kind);
    WriteUuid(call.machine.GpuUuid(call.place.gpu), text.uuid);
  } else if (call.machine.driver() < kFirstMigUuids) {
    return GiveText(out, length, OldMigUuidText(call));
  } else {
    std::memcpy(text.kind, "MIG-", sizeof text.kind);
    WriteUuid(MigDeviceUuid(call.machine.seed(), call.place.gpu, call.place.gpu_instance,
                            call.place.compute_instance),
              text.uuid);
  }
  return GiveText(out, length, {text.kind, sizeof text - 1});
}

std::string NameText(const Call& call) {
  std::string name(call.gpu().model().name);
  if (!call.is_mig_device()) return name;
  const ComputeProfile& profile =
      call.gpu().ProfileOf(call.gpu_instance(), call.compute_instance());
  return name + " MIG " + std::string(profile.name);
}

PciAddress AddressOf(const Call& call) { return call.machine.PciAddressOf(call.place.gpu); }

template <std::size_t kSize>
void PutBusId(char (&out)[kSize], const char* format, const PciAddress& address) {
  std::snprintf(out, kSize, format, address.domain, address.bus, address.device);
}

// The members that all versions of the struct share.
template <typename Info>
void PutPciNumbers(const Call& call, Info& info) {
  const PciAddress address = AddressOf(call);
  info.domain = address.domain;
  info.bus = address.bus;
  info.device = address.device;
  info.pciDeviceId = call.gpu().model().pci_device_id;
  info.pciSubSystemId = call.gpu().model().pci_subsystem_id;
}

nvmlReturn_t GivePciV2(const Call& call, nvmlPciInfo_v2_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  PutPciNumbers(call, *pci);
  PutBusId(pci->busId, "%04X:%02X:%02X.0", AddressOf(call));
  return NVML_SUCCESS;
}

nvmlReturn_t GivePciV3(const Call& call, nvmlPciInfo_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  PutPciNumbers(call, *pci);
  PutBusId(pci->busIdLegacy, "%04X:%02X:%02X.0", AddressOf(call));
  PutBusId(pci->busId, "%08X:%02X:%02X.0", AddressOf(call));
  return NVML_SUCCESS;
}

nvmlReturn_t GivePciExt(const Call& call, nvmlPciInfoExt_v1_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (pci->version != nvmlPciInfoExt_v1_version) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  *pci = {};
  pci->version = nvmlPciInfoExt_v1_version;
  PutPciNumbers(call, *pci);
  pci->baseClass = kPciClassDisplay;
  pci->subClass = call.gpu().drives_display() ? kPciSubclassVga : kPciSubclass3d;
  PutBusId(pci->busId, "%08X:%02X:%02X.0", AddressOf(call));
  return NVML_SUCCESS;
}

nvmlBrandType_t BrandOf(const GpuModel& model) {
  return model.name.find("RTX") == model.name.npos ? NVML_BRAND_NVIDIA : NVML_BRAND_NVIDIA_RTX;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
  return ReadRemembered<"nvmlDeviceGetName">(
      device, [=](const Call& call) { return GiveText(name, length, NameText(call)); });
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length) {
  return ReadRemembered<"nvmlDeviceGetUUID">(
      device, [=](const Call& call) { return GiveUuid(call, uuid, length); });
}

nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int* index) {
  return ReadRemembered<"nvmlDeviceGetIndex">(device, [=](const Call& call) {
    if (!call.is_mig_device()) return Give(index, VisibleBefore(call, call.place.gpu));
    return Give(index, IndexOfMigDevice(call.gpu().state,
                                        {call.place.gpu_instance, call.place.compute_instance}));
  });
}

nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned int* minor) {
  return ReadRemembered<"nvmlDeviceGetMinorNumber">(
      device, [=](const Call& call) { return Give<unsigned>(minor, call.gpu().state.minor); });
}

nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_v2_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo">(
      device, [=](const Call& call) { return GivePciV2(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_v2_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo_v2">(
      device, [=](const Call& call) { return GivePciV2(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo_v3">(
      device, [=](const Call& call) { return GivePciV3(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfoExt(nvmlDevice_t device, nvmlPciInfoExt_v1_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfoExt">(
      device, [=](const Call& call) { return GivePciExt(call, pci); });
}

nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* type) {
  return ReadDevice<"nvmlDeviceGetBrand">(device, Accepts::kEither, [=](const Call& call) {
    return Give(type, BrandOf(call.gpu().model()));
  });
}

nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch) {
  return ReadDevice<"nvmlDeviceGetArchitecture">(device, Accepts::kEither, [=](const Call& call) {
    return Give<nvmlDeviceArchitecture_t>(arch, call.gpu().geometry().architecture);
  });
}

nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  return ReadDevice<"nvmlDeviceGetCudaComputeCapability">(
      device, Accepts::kEither, [=](const Call& call) {
        if (major == nullptr || minor == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        *major = call.gpu().geometry().compute_major;
        *minor = call.gpu().geometry().compute_minor;
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device,
                                             nvmlGpuVirtualizationMode_t* mode) {
  return ReadDevice<"nvmlDeviceGetVirtualizationMode">(device, Accepts::kGpu, [=](const Call&) {
    return Give(mode, NVML_GPU_VIRTUALIZATION_MODE_NONE);
  });
}

}  // namespace nvml_abi
