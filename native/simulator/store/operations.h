// Actions of a control side on a machine, each complete and committed.
#ifndef MIG_SIMULATOR_STORE_OPERATIONS_H_
#define MIG_SIMULATOR_STORE_OPERATIONS_H_

#include <cstdint>
#include <string_view>

#include "simulator/model/model_result.h"
#include "simulator/store/event_ring.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

// As the model's AddProcess. kInvalidArgument also for a GPU index that does
// not exist, as in all functions below.
ModelResult AddProcess(SimMachine& machine, const SimProcess& process);
unsigned RemoveProcess(SimMachine& machine, std::uint32_t pid);

// The GPU falls off the bus: every call on it answers GPU_IS_LOST until a reboot. kNotFound: it is
// removed.
ModelResult LoseGpu(SimMachine& machine, unsigned gpu);
// An event for waiting clients. kInvalidArgument: it names an instance that is not there.
ModelResult RaiseXid(SimMachine& machine, const Event& xid);

// Does what `nvidia-smi -r` does. kInUse while a process uses the GPU, kNotSupported under the
// reset policy kRefused, kGpuIsLost, kNotFound for a removed GPU.
ModelResult ResetGpu(SimMachine& machine, unsigned gpu);

// Processes and instances are gone, NVML sessions are over; the MIG mode stays
// only where the GPU keeps it. The driver is loaded.
void Reboot(SimMachine& machine);

// As `modprobe -r nvidia`: instances are gone, and the MIG mode stays only where the GPU keeps it.
// NVML sessions are over. kInUse while a process uses a GPU or this process has a session.
ModelResult UnloadDriver(SimMachine& machine);
void LoadDriver(SimMachine& machine);

// What a write into the GPU's mode register does: the mode is pending until a reset. kNotSupported:
// the GPU has no such register.
ModelResult RequestMode(SimMachine& machine, unsigned gpu, bool enable);

void SetPrivileges(SimMachine& machine, Privileges privileges);
void SetResetPolicy(SimMachine& machine, ResetPolicy policy);
// For sessions that begin afterwards.
void SetStaleSessions(SimMachine& machine, bool stale);
// An instance cannot use more memory than it has: the driver limits the figure.
void SetIdleMemory(SimMachine& machine, std::uint32_t mib);

// kInvalidArgument: no exported function has that name. kInsufficientResources:
// kMaxFaults are set.
ModelResult AddFault(SimMachine& machine, const Fault& fault);
// Counts a call against the faults, as if a client had made it. kInvalidArgument: no exported
// function has that name.
ModelResult CountCall(SimMachine& machine, std::string_view function);
void ClearFaults(SimMachine& machine);

// Sets it for every version of the function. kInvalidArgument: no exported function has that name.
ModelResult SetLatency(SimMachine& machine, std::string_view function, std::uint32_t microseconds);
// Also clears latencies of single functions.
void SetLatencyPreset(SimMachine& machine, LatencyPreset preset);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_OPERATIONS_H_
