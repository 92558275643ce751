// The identity of a GPU, and its modes. A parameter `device` also takes the handle of a MIG device.
#ifndef MIG_NVML_GPU_H_
#define MIG_NVML_GPU_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "nvml/abi/values.h"
#include "nvml/symbols.h"
#include "nvml/text.h"

namespace mig {

using UuidText = TextBuffer<abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE>;

struct PciInfo {
  std::string bus_id;
  unsigned int domain = 0;
  unsigned int bus = 0;
  unsigned int device = 0;
  unsigned int device_id = 0;
  unsigned int subsystem_id = 0;
};

// In bytes.
struct MemoryInfo {
  std::uint64_t total = 0;
  std::uint64_t free = 0;
  std::uint64_t used = 0;
  // Absent before R510, where the other figures include it.
  std::optional<std::uint64_t> reserved;
};

// The properties of a GPU that stay the same while NVML is open.
struct GpuIdentity {
  std::string name;
  PciInfo pci;
  // In bytes; absent where the driver does not let this process see it.
  std::optional<std::uint64_t> memory_total;
  // N of /dev/nvidia<N>; absent where the driver does not give it.
  std::optional<unsigned int> minor_number;
};

struct CurrentAndPending {
  unsigned int current = 0;
  unsigned int pending = 0;
};

struct ComputeCapability {
  int major = 0;
  int minor = 0;
};

struct FieldValue {
  unsigned int id = 0;
  abi::nvmlReturn_t ret = abi::NVML_SUCCESS;
  abi::nvmlValueType_t type = abi::NVML_VALUE_TYPE_UNSIGNED_INT;
  abi::nvmlValue_t value{};
};

Outcome<std::string> GetName(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<UuidText> GetUuidText(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<std::string> GetUuid(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<unsigned int> GetIndex(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<unsigned int> GetMinorNumber(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<PciInfo> GetPciInfo(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<unsigned int> GetBrand(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<unsigned int> GetArchitecture(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<ComputeCapability> GetComputeCapability(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<unsigned int> GetVirtualizationMode(const Symbols& nvml, abi::nvmlDevice_t gpu);
// The figures of the first version: the names of profiles follow from its total.
Outcome<MemoryInfo> GetMemoryInfo(const Symbols& nvml, abi::nvmlDevice_t device);
// The figures of the second version if the driver has it: reserved memory is separate.
Outcome<MemoryInfo> GetMemoryInfoV2(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<GpuIdentity> GetIdentity(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<CurrentAndPending> GetMigMode(const Symbols& nvml, abi::nvmlDevice_t gpu);
// Success: the request was stored. The value says whether it took effect.
Outcome<abi::nvmlReturn_t> SetMigMode(const Symbols& nvml, abi::nvmlDevice_t gpu,
                                      unsigned int mode);
Outcome<unsigned int> GetPersistenceMode(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<Nothing> SetPersistenceMode(const Symbols& nvml, abi::nvmlDevice_t gpu, unsigned int mode);
Outcome<CurrentAndPending> GetEccMode(const Symbols& nvml, abi::nvmlDevice_t gpu);
Outcome<unsigned int> GetComputeMode(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<std::vector<FieldValue>> GetFieldValues(const Symbols& nvml, abi::nvmlDevice_t device,
                                                const std::vector<unsigned int>& ids);

}  // namespace mig

#endif  // MIG_NVML_GPU_H_
