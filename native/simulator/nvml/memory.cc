// Memory of GPUs and MIG devices: used by processes, reserved by the driver, free.
#include "simulator/nvml/device_call.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

constexpr std::uint64_t kMiB = 1ull << 20;

struct Memory {
  std::uint64_t total;
  std::uint64_t reserved;
  std::uint64_t used;

  std::uint64_t free() const { return total - reserved - used; }
};

bool Uses(const SimProcess& process, const HandleTarget& target) {
  if (process.gpu != target.gpu) return false;
  return target.kind != HandleKind::kMigDevice || process.gpu_instance == target.gpu_instance;
}

// Memory in use in instances without any process; a whole GPU has the sum of all.
std::uint64_t IdleMemoryOf(const Call& call) {
  const std::uint64_t each = call.reading.controls().idle_memory_mib * kMiB;
  if (call.is_mig_device()) return each;
  const auto& instances = call.gpu().state.instances;
  return each * std::ranges::count_if(instances, &GpuInstance::live);
}

// The compute instances of a GPU instance share its memory.
Memory MemoryOf(const Call& call) {
  const GpuView gpu = call.gpu();
  Memory memory = {};
  if (call.is_mig_device()) {
    memory.total = std::uint64_t{gpu.ProfileOf(call.gpu_instance()).memory_mib} * kMiB;
  } else {
    memory.total = gpu.geometry().memory_mib * kMiB;
    // About the reserved memory that nvidia-smi -q shows on data-centre GPUs.
    memory.reserved = gpu.geometry().memory_mib / 100 * kMiB;
  }
  for (const SimProcess& process : call.reading.processes().all()) {
    if (Uses(process, call.target)) memory.used += process.memory_mib * kMiB;
  }
  memory.used += IdleMemoryOf(call);
  memory.used = std::min(memory.used, memory.total - memory.reserved);
  return memory;
}

abi::nvmlMemory_t FirstVersion(const Memory& memory, DriverVersion driver) {
  if (driver < kFirstReservedMemoryApart) {
    return {memory.total - memory.reserved, memory.free(), memory.used};
  }
  return {memory.total, memory.free(), memory.used + memory.reserved};
}

abi::nvmlBAR1Memory_t Bar1Of(const Call& call) {
  const Geometry& geometry = call.gpu().geometry();
  std::uint64_t mib = geometry.bar1_mib;
  // Captured on an A30: 8191 and 16383 of 32768 MiB for one and two of its four units.
  if (call.is_mig_device()) {
    mib = mib * call.gpu_instance().place.size / geometry.memory_units - 1;
  }
  return {mib * kMiB, (mib - 1) * kMiB, kMiB};
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMemoryInfo(abi::nvmlDevice_t device,
                                                        abi::nvmlMemory_t* memory) {
  return ReadDevice<"nvmlDeviceGetMemoryInfo">(device, Accepts::kEither, [=](const Call& call) {
    if (!call.allows_aggregate()) return abi::NVML_ERROR_NO_PERMISSION;
    return Give(memory, FirstVersion(MemoryOf(call), call.machine.driver()));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetMemoryInfo_v2(abi::nvmlDevice_t device,
                                                           abi::nvmlMemory_v2_t* memory) {
  return ReadDevice<"nvmlDeviceGetMemoryInfo_v2">(device, Accepts::kEither, [=](const Call& call) {
    if (memory == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (memory->version != abi::nvmlMemory_v2_version)
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    if (!call.allows_aggregate()) return abi::NVML_ERROR_NO_PERMISSION;
    const Memory figures = MemoryOf(call);
    *memory = {memory->version, figures.total, figures.reserved, figures.free(), figures.used};
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetBAR1MemoryInfo(abi::nvmlDevice_t device,
                                                            abi::nvmlBAR1Memory_t* bar1Memory) {
  return ReadDevice<"nvmlDeviceGetBAR1MemoryInfo">(device, Accepts::kEither, [=](const Call& call) {
    if (!call.allows_aggregate()) return abi::NVML_ERROR_NO_PERMISSION;
    return Give(bar1Memory, Bar1Of(call));
  });
}

}  // namespace migsim
