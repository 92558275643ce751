// Processes that use the simulated GPUs.
#ifndef MIG_SIMULATOR_MODEL_PROCESSES_H_
#define MIG_SIMULATOR_MODEL_PROCESSES_H_

#include <cstdint>
#include <span>
#include <type_traits>

#include "simulator/model/gpu_state.h"
#include "simulator/model/limits.h"
#include "simulator/model/model_result.h"

namespace migsim {

// kSubscriber: it has an instance open without working on it, as DCGM does. A process that has an
// instance open blocks its destruction, listed or not (open-gpu-kernel-modules,
// kernel_mig_manager.c).
enum class ProcessKind : std::uint8_t { kCompute, kGraphics, kMps, kSubscriber };

struct SimProcess {
  std::uint32_t pid;
  std::uint32_t memory_mib;
  std::uint8_t gpu;
  ProcessKind kind;
  // Both kNoInstance: the process uses the whole GPU.
  std::uint32_t gpu_instance;
  std::uint32_t compute_instance;
  char name[kProcessNameSize];  // ends with a zero
};

struct ProcessTable {
  std::uint32_t count;
  SimProcess entries[kMaxProcesses];

  std::span<const SimProcess> all() const { return {entries, count}; }
};

static_assert(std::is_trivially_copyable_v<ProcessTable>);

// Whether the process is on the whole GPU, or on a live compute instance.
bool PlaceExists(const GpuState& gpu, const SimProcess& process);

// kInvalidArgument: the named compute instance is not live, or the pid already runs there. kInUse:
// the GPU drains and takes no new clients. kNotFound: it is removed. kInsufficientResources: the
// table is full.
ModelResult AddProcess(ProcessTable& table, const GpuState& gpu, const SimProcess& process);

// Returns the number of removed entries: a process may use several devices.
unsigned RemoveProcess(ProcessTable& table, std::uint32_t pid);

// kNoInstance stands for "any".
bool InUse(const ProcessTable& table, unsigned gpu, unsigned gpu_instance = kNoInstance,
           unsigned compute_instance = kNoInstance);

// Whether a process works there. A subscriber alone does not.
bool IsBusy(const ProcessTable& table, unsigned gpu, unsigned gpu_instance = kNoInstance);

}  // namespace migsim

#endif  // MIG_SIMULATOR_MODEL_PROCESSES_H_
