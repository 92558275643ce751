// What a control side does to a machine, each whole and committed.
#ifndef MIG_SIMULATOR_STORE_OPERATIONS_H_
#define MIG_SIMULATOR_STORE_OPERATIONS_H_

#include <cstdint>
#include <string_view>

#include "simulator/model/outcome.h"
#include "simulator/store/machine.h"

namespace migsim {

// As the model's AddProcess. kInvalidArgument also for a GPU index that does
// not exist, as in all functions below.
Outcome AddProcess(Machine& machine, const Process& process);
unsigned RemoveProcess(Machine& machine, std::uint32_t pid);

// The GPU falls off the bus: every call on it answers GPU_IS_LOST until a
// reboot. kNotFound: it is removed.
Outcome LoseGpu(Machine& machine, unsigned gpu);

// What `nvidia-smi -r` does. kInUse while a process uses the GPU, kNotSupported
// under the reset policy kRefused, kGpuIsLost, kNotFound for one that is
// removed.
Outcome ResetGpu(Machine& machine, unsigned gpu);

// Processes and instances are gone, NVML sessions are over; the MIG mode stays
// only where the GPU keeps it.
void Reboot(Machine& machine);

void SetPrivileges(Machine& machine, Privileges privileges);
void SetResetPolicy(Machine& machine, ResetPolicy policy);
// For sessions that begin afterwards.
void SetStaleSessions(Machine& machine, bool stale);
// What the smallest instance has cannot be more than it has at all: the driver cuts it there.
void SetIdleMemory(Machine& machine, std::uint32_t mib);

// kInvalidArgument: no exported function has that name. kInsufficientResources:
// kMaxFaults are set.
Outcome AddFault(Machine& machine, const Fault& fault);
// Counts a call against the faults that are set, as if it had been made.
// kInvalidArgument: no exported function has that name.
Outcome CountCall(Machine& machine, std::string_view function);
void ClearFaults(Machine& machine);

// Every version of the function. kInvalidArgument: no exported function has
// that name.
Outcome SetLatency(Machine& machine, std::string_view function, std::uint32_t microseconds);
// Also clears latencies of single functions.
void SetLatencyPreset(Machine& machine, LatencyPreset preset);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_OPERATIONS_H_
