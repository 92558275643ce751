// The names of a device and its position.
#include <cstdio>
#include <cstring>
#include <string>

#include "simulator/model/identity.h"
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

constexpr unsigned kPciClassDisplay = 0x03;
constexpr unsigned kPciSubclassVga = 0x00;
constexpr unsigned kPciSubclass3d = 0x02;

std::string OldMigUuidText(const Call& call) {
  char text[kUuidTextSize];
  WriteUuid(call.machine.GpuUuid(call.target.gpu), text);
  return "MIG-GPU-" + std::string(text) + "/" + std::to_string(call.target.gpu_instance) + "/" +
         std::to_string(call.target.compute_instance);
}

// Uses one buffer, because clients read the UUID more often than anything else.
abi::nvmlReturn_t GiveUuid(const Call& call, char* out, unsigned length) {
  struct {
    char kind[4];
    char uuid[kUuidTextSize];
  } text;
  static_assert(sizeof text == sizeof text.kind + sizeof text.uuid);
  if (!call.is_mig_device()) {
    std::memcpy(text.kind, "GPU-", sizeof text.kind);
    WriteUuid(call.machine.GpuUuid(call.target.gpu), text.uuid);
  } else if (call.machine.driver() < kFirstMigUuids) {
    return GiveText(out, length, OldMigUuidText(call));
  } else {
    std::memcpy(text.kind, "MIG-", sizeof text.kind);
    WriteUuid(MigDeviceUuid(call.machine.seed(), call.target.gpu, call.target.gpu_instance,
                            call.target.compute_instance),
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

PciAddress AddressOf(const Call& call) { return call.machine.PciAddressOf(call.target.gpu); }

template <std::size_t kSize>
void PutBusId(char (&out)[kSize], const char* format, const PciAddress& address) {
  std::snprintf(out, kSize, format, address.domain, address.bus, address.device);
}

// The common members of all versions of the struct.
template <typename Info>
void PutPciNumbers(const Call& call, Info& info) {
  const PciAddress address = AddressOf(call);
  info.domain = address.domain;
  info.bus = address.bus;
  info.device = address.device;
  info.pciDeviceId = call.gpu().model().pci_device_id;
  info.pciSubSystemId = call.gpu().model().pci_subsystem_id;
}

abi::nvmlReturn_t GivePciV2(const Call& call, abi::nvmlPciInfo_v2_t* pci) {
  if (pci == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  PutPciNumbers(call, *pci);
  PutBusId(pci->busId, "%04X:%02X:%02X.0", AddressOf(call));
  return abi::NVML_SUCCESS;
}

abi::nvmlReturn_t GivePciV3(const Call& call, abi::nvmlPciInfo_t* pci) {
  if (pci == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  PutPciNumbers(call, *pci);
  PutBusId(pci->busIdLegacy, "%04X:%02X:%02X.0", AddressOf(call));
  PutBusId(pci->busId, "%08X:%02X:%02X.0", AddressOf(call));
  return abi::NVML_SUCCESS;
}

abi::nvmlReturn_t GivePciExt(const Call& call, abi::nvmlPciInfoExt_v1_t* pci) {
  if (pci == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  if (pci->version != abi::nvmlPciInfoExt_v1_version)
    return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  *pci = {};
  pci->version = abi::nvmlPciInfoExt_v1_version;
  PutPciNumbers(call, *pci);
  pci->baseClass = kPciClassDisplay;
  pci->subClass = call.gpu().drives_display() ? kPciSubclassVga : kPciSubclass3d;
  PutBusId(pci->busId, "%08X:%02X:%02X.0", AddressOf(call));
  return abi::NVML_SUCCESS;
}

abi::nvmlBrandType_t BrandOf(const GpuModel& model) {
  return model.name.find("RTX") == model.name.npos ? abi::NVML_BRAND_NVIDIA
                                                   : abi::NVML_BRAND_NVIDIA_RTX;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetName(abi::nvmlDevice_t device, char* name,
                                                  unsigned int length) {
  return ReadRemembered<"nvmlDeviceGetName">(
      device, [=](const Call& call) { return GiveText(name, length, NameText(call)); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetUUID(abi::nvmlDevice_t device, char* uuid,
                                                  unsigned int length) {
  return ReadRemembered<"nvmlDeviceGetUUID">(
      device, [=](const Call& call) { return GiveUuid(call, uuid, length); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetIndex(abi::nvmlDevice_t device, unsigned int* index) {
  return ReadRemembered<"nvmlDeviceGetIndex">(device, [=](const Call& call) {
    if (!call.is_mig_device()) return Give(index, VisibleBefore(call, call.target.gpu));
    return Give(index, IndexOfMigDevice(call.gpu().state,
                                        {call.target.gpu_instance, call.target.compute_instance}));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMinorNumber(abi::nvmlDevice_t device,
                                                         unsigned int* minor) {
  return ReadRemembered<"nvmlDeviceGetMinorNumber">(
      device, [=](const Call& call) { return Give<unsigned>(minor, call.gpu().state.minor); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetPciInfo(abi::nvmlDevice_t device,
                                                     abi::nvmlPciInfo_v2_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo">(
      device, [=](const Call& call) { return GivePciV2(call, pci); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetPciInfo_v2(abi::nvmlDevice_t device,
                                                        abi::nvmlPciInfo_v2_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo_v2">(
      device, [=](const Call& call) { return GivePciV2(call, pci); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetPciInfo_v3(abi::nvmlDevice_t device,
                                                        abi::nvmlPciInfo_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfo_v3">(
      device, [=](const Call& call) { return GivePciV3(call, pci); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetPciInfoExt(abi::nvmlDevice_t device,
                                                        abi::nvmlPciInfoExt_v1_t* pci) {
  return ReadRemembered<"nvmlDeviceGetPciInfoExt">(
      device, [=](const Call& call) { return GivePciExt(call, pci); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetBrand(abi::nvmlDevice_t device,
                                                   abi::nvmlBrandType_t* type) {
  return ReadDevice<"nvmlDeviceGetBrand">(device, Accepts::kEither, [=](const Call& call) {
    return Give(type, BrandOf(call.gpu().model()));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetArchitecture(abi::nvmlDevice_t device,
                                                          abi::nvmlDeviceArchitecture_t* arch) {
  return ReadDevice<"nvmlDeviceGetArchitecture">(device, Accepts::kEither, [=](const Call& call) {
    return Give<abi::nvmlDeviceArchitecture_t>(arch, call.gpu().geometry().architecture);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetCudaComputeCapability(abi::nvmlDevice_t device,
                                                                   int* major, int* minor) {
  return ReadDevice<"nvmlDeviceGetCudaComputeCapability">(
      device, Accepts::kEither, [=](const Call& call) {
        if (major == nullptr || minor == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
        *major = call.gpu().geometry().compute_major;
        *minor = call.gpu().geometry().compute_minor;
        return abi::NVML_SUCCESS;
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetVirtualizationMode(
    abi::nvmlDevice_t device, abi::nvmlGpuVirtualizationMode_t* mode) {
  return ReadDevice<"nvmlDeviceGetVirtualizationMode">(device, Accepts::kGpu, [=](const Call&) {
    return Give(mode, abi::NVML_GPU_VIRTUALIZATION_MODE_NONE);
  });
}

}  // namespace migsim
