// Calls that find a device and start without a handle.
#ifndef MIG_SIMULATOR_NVML_LOOKUP_H_
#define MIG_SIMULATOR_NVML_LOOKUP_H_

#include <string_view>

#include "simulator/nvml/device_call.h"

namespace migsim {

// Reads the selected machine under its lock. The body sets the target of the call.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t LookUp(Body body) {
  const Gate gate(kName.id(), SelectedMachine());
  if (gate.answered()) return gate.answer();
  const Reading reading(gate.machine(), SightOf(kName.id()));
  if (gate.machine().broken()) return abi::NVML_ERROR_UNKNOWN;
  return body(Call{gate.machine(), gate.machine_number(), reading, {HandleKind::kGpu, 0, 0, 0}});
}

inline abi::nvmlReturn_t GiveGpu(Call call, unsigned gpu, abi::nvmlDevice_t* device) {
  if (device == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  call.target.gpu = gpu;
  if (call.gpu().state.lost) return abi::NVML_ERROR_GPU_IS_LOST;
  *device = call.gpu_handle();
  return abi::NVML_SUCCESS;
}

inline bool TakePrefix(std::string_view& text, std::string_view prefix) {
  if (!text.starts_with(prefix)) return false;
  text.remove_prefix(prefix.size());
  return true;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_LOOKUP_H_
