// Every exported function of the simulated driver, by number: the key of call counters, faults,
// latencies and journal records.
#ifndef MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_
#define MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "simulator/model/driver_version.h"

namespace migsim {

using FunctionId = std::uint16_t;

// The size of a store's counters and latencies; there are fewer functions.
inline constexpr FunctionId kFunctionSlots = 1024;

struct ExportedFunction {
  std::string_view name;
  DriverVersion first_driver = {};  // older drivers answer FUNCTION_NOT_FOUND
  bool changing = false;            // changes the machine: journaled
};

std::span<const ExportedFunction> ExportedFunctions();  // position = FunctionId

bool DriverHas(DriverVersion driver, FunctionId function);

// Returns "nvmlDeviceGetCount" for "nvmlDeviceGetCount_v2" and for "nvmlDeviceGetCount".
std::string_view NameWithoutVersion(std::string_view name);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_
