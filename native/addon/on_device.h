// From names to handles, for one call.
#ifndef MIG_ADDON_ON_DEVICE_H_
#define MIG_ADDON_ON_DEVICE_H_

#include <string>

#include "nvml/compute_instance.h"
#include "nvml/gpu_instance.h"
#include "nvml/session.h"

namespace mig {

// `call(device)`
template <typename Call>
auto OnDevice(Session& session, const std::string& uuid, Call call)
    -> decltype(call(abi::nvmlDevice_t{})) {
  const auto device = session.Device(uuid);
  if (!device.ok()) return device.status;
  auto outcome = call(device.value);
  session.Consider(uuid, outcome.status);
  return outcome;
}

// The most common shape: a function of NVML's table and a handle.
template <typename Result>
Outcome<Result> OnDevice(Session& session, const std::string& uuid,
                         Outcome<Result> (*call)(const Symbols&, abi::nvmlDevice_t)) {
  return OnDevice(session, uuid,
                  [&](abi::nvmlDevice_t device) { return call(session.nvml(), device); });
}

// `call(gpu_instance)`
template <typename Call>
auto OnGpuInstance(Session& session, const std::string& gpu, unsigned int id, Call call)
    -> decltype(call(abi::nvmlGpuInstance_t{})) {
  using Result = decltype(call(abi::nvmlGpuInstance_t{}));
  return OnDevice(session, gpu, [&](abi::nvmlDevice_t device) -> Result {
    const auto gpu_instance = GetGpuInstanceById(session.nvml(), device, id);
    if (!gpu_instance.ok()) return gpu_instance.status;
    return call(gpu_instance.value);
  });
}

// `call(compute_instance)`
template <typename Call>
auto OnComputeInstance(Session& session, const std::string& gpu, unsigned int gpu_instance_id,
                       unsigned int id, Call call) -> decltype(call(abi::nvmlComputeInstance_t{})) {
  using Result = decltype(call(abi::nvmlComputeInstance_t{}));
  return OnGpuInstance(
      session, gpu, gpu_instance_id, [&](abi::nvmlGpuInstance_t gpu_instance) -> Result {
        const auto compute_instance = GetComputeInstanceById(session.nvml(), gpu_instance, id);
        if (!compute_instance.ok()) return compute_instance.status;
        return call(compute_instance.value);
      });
}

}  // namespace mig

#endif  // MIG_ADDON_ON_DEVICE_H_
