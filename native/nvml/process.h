// The processes that use a GPU or a MIG device.
#ifndef MIG_NVML_PROCESS_H_
#define MIG_NVML_PROCESS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "nvml/symbols.h"

namespace mig {

struct Process {
  unsigned int pid = 0;
  std::optional<std::uint64_t> used_memory;
  std::optional<unsigned int> gpu_instance_id;
  std::optional<unsigned int> compute_instance_id;
};

Outcome<std::vector<Process>> GetComputeProcesses(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<std::vector<Process>> GetGraphicsProcesses(const Symbols& nvml, abi::nvmlDevice_t device);
Outcome<std::vector<Process>> GetMpsProcesses(const Symbols& nvml, abi::nvmlDevice_t device);

}  // namespace mig

#endif  // MIG_NVML_PROCESS_H_
