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

// Which device handles a function takes.
enum class Accepts : std::uint8_t { kGpu, kMigDevice, kEither };

// What a resolved handle names. The instance numbers are valid as far as the
// kind has them.
struct Place {
  HandleKind kind;
  unsigned gpu;
  unsigned gpu_instance;
  unsigned compute_instance;
};

struct Call {
  Machine& machine;
  unsigned machine_number;
  const Reading& reading;
  Place place;

  GpuView gpu() const {
    return {place.gpu, machine.driver(), reading.gpu(place.gpu), machine.rules()};
  }
  const GpuInstance& gpu_instance() const { return gpu().state.instances[place.gpu_instance]; }
  const ComputeInstance& compute_instance() const {
    return gpu_instance().compute_instances[place.compute_instance];
  }
  bool is_mig_device() const { return place.kind == HandleKind::kMigDevice; }
  bool allows(Privileges needed) const {
    return caller_privileges(reading.controls().privileges) >= needed;
  }

  // Figures of the whole GPU, such as memory and processes, show what other people's instances do.
  // While there are instances, they take mig/monitor; the mode alone does not count
  // (open-gpu-kernel-modules 595.45.04, kern_mem_sys_ctrl.c:157).
  bool allows_aggregate() const {
    return is_mig_device() || !has_gpu_instances(gpu().state) || allows(Privileges::kMonitor);
  }

  nvml_abi::nvmlDevice_t gpu_handle() const;
  nvml_abi::nvmlDevice_t mig_device_handle(MigDevice device) const;
  nvml_abi::nvmlGpuInstance_t gpu_instance_handle(unsigned gpu_instance) const;
  nvml_abi::nvmlComputeInstance_t compute_instance_handle(unsigned gpu_instance,
                                                          unsigned compute_instance) const;
};

nvml_abi::nvmlDevice_t gpu_handle(const Machine& machine, const Reading& reading,
                                  unsigned machine_number, unsigned gpu);

// The machine that a handle names, or that the thread means when it is none.
unsigned machine_of(const void* handle);
// The GPU that it names; kNoGpu when it is no handle.
unsigned gpu_of(const void* handle);

// NVML_ERROR_INVALID_ARGUMENT for what is not a living handle of this session
// and of that kind.
nvml_abi::nvmlReturn_t resolve(const void* handle, HandleKind kind, const Machine& machine,
                               const Reading& reading, Place& place);
// A whole GPU where a MIG device is wanted is answered
// NVML_ERROR_NOT_SUPPORTED.
nvml_abi::nvmlReturn_t resolve(const void* handle, Accepts accepts, const Machine& machine,
                               const Reading& reading, Place& place);

namespace device_call_internal {

enum class Answers : bool { kTheGpu, kTheDriver };

template <typename Kind, typename Body>
nvml_abi::nvmlReturn_t read(FunctionId function, const void* handle, Kind kind, Body body,
                            Answers answers = Answers::kTheGpu) {
  const Gate gate(function, machine_of(handle), Session::kNeeded, gpu_of(handle));
  if (gate.answered()) return gate.answer();
  const Reading reading(gate.machine(), sight_of(function));
  if (gate.machine().broken()) return nvml_abi::NVML_ERROR_UNKNOWN;
  Place place;
  const auto result = resolve(handle, kind, gate.machine(), reading, place);
  const bool known_without_gpu = answers == Answers::kTheDriver &&
                                 result == nvml_abi::NVML_ERROR_GPU_IS_LOST &&
                                 place.kind == HandleKind::kGpu;
  if (result != nvml_abi::NVML_SUCCESS && !known_without_gpu) return result;
  return body(Call{gate.machine(), gate.machine_number(), reading, place});
}

}  // namespace device_call_internal

template <FunctionName kName, typename Body>
nvml_abi::nvmlReturn_t read_device(nvml_abi::nvmlDevice_t device, Accepts accepts, Body body) {
  return device_call_internal::read(kName.id(), device, accepts, body);
}

// What the driver remembers of a GPU since it found it, so that a handle from before still answers
// when the GPU is lost. NVIDIA's device plugin takes the UUID of an Xid event's device, and on a
// 580 driver marked the one lost GPU of eight. That name, index, minor number and PCI address are
// remembered as well, and a MIG device's UUID is not, is assumed.
template <FunctionName kName, typename Body>
nvml_abi::nvmlReturn_t read_remembered(nvml_abi::nvmlDevice_t device, Body body) {
  return device_call_internal::read(kName.id(), device, Accepts::kEither, body,
                                    device_call_internal::Answers::kTheDriver);
}

template <FunctionName kName, typename Body>
nvml_abi::nvmlReturn_t read_gpu_instance(nvml_abi::nvmlGpuInstance_t gpu_instance, Body body) {
  return device_call_internal::read(kName.id(), gpu_instance, HandleKind::kGpuInstance, body);
}

template <FunctionName kName, typename Body>
nvml_abi::nvmlReturn_t read_compute_instance(nvml_abi::nvmlComputeInstance_t compute_instance,
                                             Body body) {
  return device_call_internal::read(kName.id(), compute_instance, HandleKind::kComputeInstance,
                                    body);
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_DEVICE_CALL_H_
