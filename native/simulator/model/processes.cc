#include "simulator/model/processes.h"

#include <algorithm>

namespace migsim {
namespace {

bool SamePlace(const SimProcess& a, const SimProcess& b) {
  return a.gpu == b.gpu && a.gpu_instance == b.gpu_instance &&
         a.compute_instance == b.compute_instance;
}

// A client of an MPS server is one of the compute processes, too.
bool SameList(ProcessKind a, ProcessKind b) {
  return (a == ProcessKind::kGraphics) == (b == ProcessKind::kGraphics);
}

}  // namespace

bool PlaceExists(const GpuState& gpu, const SimProcess& process) {
  const bool whole_gpu =
      process.gpu_instance == kNoInstance && process.compute_instance == kNoInstance;
  if (whole_gpu) return true;
  if (process.gpu_instance >= kGpuInstanceSlots) return false;
  if (process.compute_instance >= kComputeInstanceSlots) return false;
  return gpu.instances[process.gpu_instance].compute_instances[process.compute_instance].live();
}

ModelResult AddProcess(ProcessTable& table, const GpuState& gpu, const SimProcess& process) {
  if (gpu.removed) return ModelResult::kNotFound;
  if (process.pid == 0 || !PlaceExists(gpu, process)) return ModelResult::kInvalidArgument;
  if (gpu.draining) return ModelResult::kInUse;
  for (const SimProcess& other : table.all()) {
    if (other.pid == process.pid && SameList(other.kind, process.kind) &&
        SamePlace(other, process)) {
      return ModelResult::kInvalidArgument;
    }
  }
  if (table.count == kMaxProcesses) return ModelResult::kInsufficientResources;
  SimProcess& added = table.entries[table.count++];
  added = process;
  added.name[kProcessNameSize - 1] = '\0';
  return ModelResult::kSuccess;
}

unsigned RemoveProcess(ProcessTable& table, std::uint32_t pid) {
  const auto end = std::remove_if(table.entries, table.entries + table.count,
                                  [=](const SimProcess& process) { return process.pid == pid; });
  const auto left = static_cast<std::uint32_t>(end - table.entries);
  const unsigned removed = table.count - left;
  table.count = left;
  return removed;
}

bool InUse(const ProcessTable& table, unsigned gpu, unsigned gpu_instance,
           unsigned compute_instance) {
  return std::ranges::any_of(table.all(), [=](const SimProcess& process) {
    return process.gpu == gpu &&
           (gpu_instance == kNoInstance || process.gpu_instance == gpu_instance) &&
           (compute_instance == kNoInstance || process.compute_instance == compute_instance);
  });
}

bool IsBusy(const ProcessTable& table, unsigned gpu, unsigned gpu_instance) {
  return std::ranges::any_of(table.all(), [=](const SimProcess& process) {
    return process.gpu == gpu && process.kind != ProcessKind::kSubscriber &&
           (gpu_instance == kNoInstance || process.gpu_instance == gpu_instance);
  });
}

}  // namespace migsim
