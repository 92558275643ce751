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

std::string old_mig_uuid_text(const Call& call) {
  char text[kUuidTextSize];
  write_uuid(call.machine.gpu_uuid(call.place.gpu), text);
  return "MIG-GPU-" + std::string(text) + "/" + std::to_string(call.place.gpu_instance) + "/" +
         std::to_string(call.place.compute_instance);
}

// In one buffer: clients ask for it more often than for anything else.
nvmlReturn_t give_uuid(const Call& call, char* out, unsigned length) {
  struct {
    char kind[4];
    char uuid[kUuidTextSize];
  } text;
  static_assert(sizeof text == sizeof text.kind + sizeof text.uuid);
  if (!call.is_mig_device()) {
    std::memcpy(text.kind, "GPU-", sizeof text.kind);
    write_uuid(call.machine.gpu_uuid(call.place.gpu), text.uuid);
  } else if (call.machine.driver() < kFirstMigUuids) {
    return give_text(out, length, old_mig_uuid_text(call));
  } else {
    std::memcpy(text.kind, "MIG-", sizeof text.kind);
    write_uuid(mig_device_uuid(call.machine.seed(), call.place.gpu, call.place.gpu_instance,
                               call.place.compute_instance),
               text.uuid);
  }
  return give_text(out, length, {text.kind, sizeof text - 1});
}

std::string name_text(const Call& call) {
  std::string name(call.gpu().model().name);
  if (!call.is_mig_device()) return name;
  const ComputeProfile& profile =
      call.gpu().profile_of(call.gpu_instance(), call.compute_instance());
  return name + " MIG " + std::string(profile.name);
}

PciAddress address_of(const Call& call) { return call.machine.pci_address(call.place.gpu); }

template <std::size_t kSize>
void put_bus_id(char (&out)[kSize], const char* format, const PciAddress& address) {
  std::snprintf(out, kSize, format, address.domain, address.bus, address.device);
}

// The members that all versions of the struct share.
template <typename Info>
void put_pci_numbers(const Call& call, Info& info) {
  const PciAddress address = address_of(call);
  info.domain = address.domain;
  info.bus = address.bus;
  info.device = address.device;
  info.pciDeviceId = call.gpu().model().pci_device_id;
  info.pciSubSystemId = call.gpu().model().pci_subsystem_id;
}

nvmlReturn_t give_pci_v2(const Call& call, nvmlPciInfo_v2_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  put_pci_numbers(call, *pci);
  put_bus_id(pci->busId, "%04X:%02X:%02X.0", address_of(call));
  return NVML_SUCCESS;
}

nvmlReturn_t give_pci_v3(const Call& call, nvmlPciInfo_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  *pci = {};
  put_pci_numbers(call, *pci);
  put_bus_id(pci->busIdLegacy, "%04X:%02X:%02X.0", address_of(call));
  put_bus_id(pci->busId, "%08X:%02X:%02X.0", address_of(call));
  return NVML_SUCCESS;
}

nvmlReturn_t give_pci_ext(const Call& call, nvmlPciInfoExt_v1_t* pci) {
  if (pci == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  if (pci->version != nvmlPciInfoExt_v1_version) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
  *pci = {};
  pci->version = nvmlPciInfoExt_v1_version;
  put_pci_numbers(call, *pci);
  pci->baseClass = kPciClassDisplay;
  pci->subClass = call.gpu().drives_display() ? kPciSubclassVga : kPciSubclass3d;
  put_bus_id(pci->busId, "%08X:%02X:%02X.0", address_of(call));
  return NVML_SUCCESS;
}

nvmlBrandType_t brand_of(const GpuModel& model) {
  return model.name.find("RTX") == model.name.npos ? NVML_BRAND_NVIDIA : NVML_BRAND_NVIDIA_RTX;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceGetName(nvmlDevice_t device, char* name, unsigned int length) {
  return read_remembered<"nvmlDeviceGetName">(
      device, [=](const Call& call) { return give_text(name, length, name_text(call)); });
}

nvmlReturn_t nvmlDeviceGetUUID(nvmlDevice_t device, char* uuid, unsigned int length) {
  return read_remembered<"nvmlDeviceGetUUID">(
      device, [=](const Call& call) { return give_uuid(call, uuid, length); });
}

nvmlReturn_t nvmlDeviceGetIndex(nvmlDevice_t device, unsigned int* index) {
  return read_remembered<"nvmlDeviceGetIndex">(device, [=](const Call& call) {
    if (!call.is_mig_device()) return give(index, visible_before(call, call.place.gpu));
    return give(index, index_of_mig_device(call.gpu().state,
                                           {call.place.gpu_instance, call.place.compute_instance}));
  });
}

nvmlReturn_t nvmlDeviceGetMinorNumber(nvmlDevice_t device, unsigned int* minor) {
  return read_remembered<"nvmlDeviceGetMinorNumber">(
      device, [=](const Call& call) { return give<unsigned>(minor, call.gpu().state.minor); });
}

nvmlReturn_t nvmlDeviceGetPciInfo(nvmlDevice_t device, nvmlPciInfo_v2_t* pci) {
  return read_remembered<"nvmlDeviceGetPciInfo">(
      device, [=](const Call& call) { return give_pci_v2(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v2(nvmlDevice_t device, nvmlPciInfo_v2_t* pci) {
  return read_remembered<"nvmlDeviceGetPciInfo_v2">(
      device, [=](const Call& call) { return give_pci_v2(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfo_v3(nvmlDevice_t device, nvmlPciInfo_t* pci) {
  return read_remembered<"nvmlDeviceGetPciInfo_v3">(
      device, [=](const Call& call) { return give_pci_v3(call, pci); });
}

nvmlReturn_t nvmlDeviceGetPciInfoExt(nvmlDevice_t device, nvmlPciInfoExt_v1_t* pci) {
  return read_remembered<"nvmlDeviceGetPciInfoExt">(
      device, [=](const Call& call) { return give_pci_ext(call, pci); });
}

nvmlReturn_t nvmlDeviceGetBrand(nvmlDevice_t device, nvmlBrandType_t* type) {
  return read_device<"nvmlDeviceGetBrand">(device, Accepts::kEither, [=](const Call& call) {
    return give(type, brand_of(call.gpu().model()));
  });
}

nvmlReturn_t nvmlDeviceGetArchitecture(nvmlDevice_t device, nvmlDeviceArchitecture_t* arch) {
  return read_device<"nvmlDeviceGetArchitecture">(device, Accepts::kEither, [=](const Call& call) {
    return give<nvmlDeviceArchitecture_t>(arch, call.gpu().geometry().architecture);
  });
}

nvmlReturn_t nvmlDeviceGetCudaComputeCapability(nvmlDevice_t device, int* major, int* minor) {
  return read_device<"nvmlDeviceGetCudaComputeCapability">(
      device, Accepts::kEither, [=](const Call& call) {
        if (major == nullptr || minor == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
        *major = call.gpu().geometry().compute_major;
        *minor = call.gpu().geometry().compute_minor;
        return NVML_SUCCESS;
      });
}

nvmlReturn_t nvmlDeviceGetVirtualizationMode(nvmlDevice_t device,
                                             nvmlGpuVirtualizationMode_t* mode) {
  return read_device<"nvmlDeviceGetVirtualizationMode">(device, Accepts::kGpu, [=](const Call&) {
    return give(mode, NVML_GPU_VIRTUALIZATION_MODE_NONE);
  });
}

}  // namespace nvml_abi
