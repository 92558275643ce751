// Reading calls that begin with a handle: the handle is resolved under the
// machine's lock, and the body sees a consistent state.
#ifndef MIG_SIMULATOR_NVML_DEVICE_CALL_H_
#define MIG_SIMULATOR_NVML_DEVICE_CALL_H_

#include <optional>

#include "simulator/model/gpu_instances.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/mig_devices.h"
#include "simulator/nvml/caller.h"
#include "simulator/nvml/exports.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/handle.h"
#include "simulator/store/transaction.h"

namespace migsim {

// Which device handles a function accepts.
enum class Accepts : std::uint8_t { kGpu, kMigDevice, kEither };

// The GPU, instance or MIG device that a handle names. Which instance numbers are valid depends on
// the kind.
struct HandleTarget {
  HandleKind kind;
  unsigned gpu;
  unsigned gpu_instance;
  unsigned compute_instance;
};

struct Call {
  SimMachine& machine;
  unsigned machine_number;
  const Reading& reading;
  HandleTarget target;

  GpuView gpu() const {
    return {target.gpu, machine.driver(), reading.Gpu(target.gpu), machine.rules()};
  }
  const GpuInstance& gpu_instance() const { return gpu().state.instances[target.gpu_instance]; }
  const ComputeInstance& compute_instance() const {
    return gpu_instance().compute_instances[target.compute_instance];
  }
  bool is_mig_device() const { return target.kind == HandleKind::kMigDevice; }
  bool Allows(Privileges needed) const {
    return CallerPrivileges(reading.controls().privileges) >= needed;
  }

  // Figures of the whole GPU, such as memory and processes, reveal other users' instances. While
  // there are instances, they require mig/monitor; the mode alone does not matter
  // (open-gpu-kernel-modules 595.45.04, kern_mem_sys_ctrl.c:157).
  bool allows_aggregate() const {
    return is_mig_device() || !HasGpuInstances(gpu().state) || Allows(Privileges::kMonitor);
  }

  abi::nvmlDevice_t gpu_handle() const;
  abi::nvmlDevice_t MigDeviceHandle(MigDevice device) const;
  abi::nvmlGpuInstance_t GpuInstanceHandle(unsigned gpu_instance) const;
  abi::nvmlComputeInstance_t ComputeInstanceHandle(unsigned gpu_instance,
                                                   unsigned compute_instance) const;
};

abi::nvmlDevice_t GpuHandle(const SimMachine& machine, const Reading& reading,
                            unsigned machine_number, unsigned gpu);

// The machine of a handle; that of the calling thread for anything else.
unsigned MachineOf(const void* handle);
// The GPU of a handle; kNoGpu for anything else.
unsigned GpuOf(const void* handle);

// NVML_ERROR_INVALID_ARGUMENT unless it is a live handle of this session and of that kind.
abi::nvmlReturn_t Resolve(const void* handle, HandleKind kind, const SimMachine& machine,
                          const Reading& reading, HandleTarget& target);
// NVML_ERROR_NOT_SUPPORTED for a whole GPU if the function takes only MIG devices.
abi::nvmlReturn_t Resolve(const void* handle, Accepts accepts, const SimMachine& machine,
                          const Reading& reading, HandleTarget& target);

namespace device_call_internal {

enum class Answers : bool { kTheGpu, kTheDriver };

template <typename Kind, typename Body>
abi::nvmlReturn_t Read(FunctionId function, const void* handle, Kind kind, Body body,
                       Answers answers = Answers::kTheGpu) {
  const Gate gate(function, MachineOf(handle), SessionNeed::kNeeded, GpuOf(handle));
  if (gate.answered()) return gate.answer();
  const Reading reading(gate.machine(), SightOf(function));
  if (gate.machine().broken()) return abi::NVML_ERROR_UNKNOWN;
  HandleTarget target;
  const auto result = Resolve(handle, kind, gate.machine(), reading, target);
  const bool known_without_gpu = answers == Answers::kTheDriver &&
                                 result == abi::NVML_ERROR_GPU_IS_LOST &&
                                 target.kind == HandleKind::kGpu;
  if (result != abi::NVML_SUCCESS && !known_without_gpu) return result;
  return body(Call{gate.machine(), gate.machine_number(), reading, target});
}

}  // namespace device_call_internal

template <FunctionName kName, typename Body>
abi::nvmlReturn_t ReadDevice(abi::nvmlDevice_t device, Accepts accepts, Body body) {
  return device_call_internal::Read(kName.id(), device, accepts, body);
}

// What the driver remembers about a GPU, so that an earlier handle still answers when the GPU is
// lost. NVIDIA's device plugin reads the UUID of an Xid event's device, and on a 580 driver marked
// the one lost GPU of eight. Assumed: the driver also remembers name, index, minor number and PCI
// address, but not a MIG device's UUID.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t ReadRemembered(abi::nvmlDevice_t device, Body body) {
  return device_call_internal::Read(kName.id(), device, Accepts::kEither, body,
                                    device_call_internal::Answers::kTheDriver);
}

template <FunctionName kName, typename Body>
abi::nvmlReturn_t ReadGpuInstance(abi::nvmlGpuInstance_t gpu_instance, Body body) {
  return device_call_internal::Read(kName.id(), gpu_instance, HandleKind::kGpuInstance, body);
}

template <FunctionName kName, typename Body>
abi::nvmlReturn_t ReadComputeInstance(abi::nvmlComputeInstance_t compute_instance, Body body) {
  return device_call_internal::Read(kName.id(), compute_instance, HandleKind::kComputeInstance,
                                    body);
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_DEVICE_CALL_H_
