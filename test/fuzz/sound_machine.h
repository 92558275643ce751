// A machine with instances, processes, faults and latencies, from which the fuzz targets start.
#ifndef MIG_TEST_FUZZ_SOUND_MACHINE_H_
#define MIG_TEST_FUZZ_SOUND_MACHINE_H_

#include <cstdlib>
#include <string>
#include <string_view>

#include "simulator/control/run.h"
#include "simulator/nvml/exports.h"
#include "simulator/store/registry.h"

namespace fuzz {

inline void Must(bool holds) {
  if (!holds) std::abort();
}

// The number of a new machine; 0 if `text` describes none. An empty path creates a private one.
inline unsigned MakeMachine(std::string_view text, const std::string& path = {}) {
  migsim::MachineSpec spec;
  if (!migsim::ParseMachineSpec(text, spec).empty()) return 0;
  const migsim::OpenedMachine made = migsim::CreateMachine(spec, path);
  Must(made.number != 0);
  return made.number;
}

// Commands on a machine, each of which changes or reads it.
inline constexpr const char* kCommands[] = {
    "add-process pid=41 gpu=0 gi=1 ci=0 name=\"a b\" memory-mib=100",
    "add-process pid=42 gpu=3 kind=graphics",
    "fail fn=nvmlDeviceGetMigMode nth=2 times=1 error=NVML_ERROR_UNKNOWN",
    "latency fn=nvmlDeviceGetCount_v2 us=1",
    "privileges value=admin",
    "reset-policy value=manual",
    "raise-xid gpu=0 xid=94 gi=1",
    "lose-gpu gpu=2",
    "describe",
    "journal control=on",
    "counts",
};

inline void RunAll(migsim::SimMachine& machine) {
  for (const char* command : kCommands) migsim::RunOnMachine(machine, command);
}

inline void Partition(void* device) {
  using namespace nvml_abi;
  nvmlReturn_t activation;
  nvmlDeviceSetMigMode(static_cast<nvmlDevice_t>(device), 1, &activation);
  for (const unsigned profile : {9u, 14u, 19u, 5u, 0u}) {
    nvmlGpuInstance_t instance;
    if (nvmlDeviceCreateGpuInstance(static_cast<nvmlDevice_t>(device), profile, &instance) != 0)
      continue;
    nvmlComputeInstance_t compute;
    nvmlGpuInstanceCreateComputeInstance(instance, 0, &compute);
  }
}

// Reads, creates and destroys what the machine has, by NVML's calls.
inline void Use(unsigned machine) {
  using namespace nvml_abi;
  migsim_select_machine(machine);
  if (nvmlInit_v2() != NVML_SUCCESS) return;
  unsigned count = 0;
  nvmlDeviceGetCount_v2(&count);
  for (unsigned index = 0; index < count; ++index) {
    migsim_select_machine(machine);
    nvmlDevice_t device;
    if (nvmlDeviceGetHandleByIndex_v2(index, &device) != NVML_SUCCESS) continue;
    char uuid[96];
    nvmlDeviceGetUUID(device, uuid, sizeof uuid);
    for (unsigned place = 0; place < 8; ++place) {
      nvmlDevice_t mig;
      if (nvmlDeviceGetMigDeviceHandleByIndex(device, place, &mig) == NVML_SUCCESS)
        nvmlDeviceGetUUID(mig, uuid, sizeof uuid);
    }
    Partition(device);
  }
  migsim_select_machine(machine);
  nvmlShutdown();
  migsim_select_machine(0);
}

}  // namespace fuzz

#endif  // MIG_TEST_FUZZ_SOUND_MACHINE_H_
