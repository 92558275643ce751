// Every function that the simulated driver exports, by number: the key of call
// counters, faults, latencies and journal records.
#ifndef MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_
#define MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_

#include <cstdint>
#include <span>
#include <string_view>

#include "simulator/model/driver_version.h"

namespace migsim {

using FunctionId = std::uint16_t;

// Room in a store's counters and latencies; the number of functions is smaller.
inline constexpr FunctionId kFunctionSlots = 1024;

struct ExportedFunction {
  std::string_view name;
  DriverVersion first_driver = {};  // answers FUNCTION_NOT_FOUND on older ones
  bool changing = false;            // changes something of the machine: journaled
};

std::span<const ExportedFunction> ExportedFunctions();  // position = FunctionId

bool DriverHas(DriverVersion driver, FunctionId function);

// "nvmlDeviceGetCount" of "nvmlDeviceGetCount_v2" and of "nvmlDeviceGetCount".
std::string_view NameWithoutVersion(std::string_view name);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_EXPORTED_FUNCTIONS_H_
