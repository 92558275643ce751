#include "simulator/store/functions.h"

#include "simulator/model/driver_features.h"
#include "simulator/store/function_table.h"

namespace migsim {

std::span<const ExportedFunction> exported_functions() { return kFunctions; }

bool driver_has(DriverVersion driver, FunctionId function) {
  switch (function) {
    case function_id("nvmlComputeInstanceGetInfo_v2"):
      if (second_compute_instance_info_missing(driver)) return false;
      break;
    case function_id("nvmlDeviceGetComputeRunningProcesses_v3"):
    case function_id("nvmlDeviceGetGraphicsRunningProcesses_v3"):
    case function_id("nvmlDeviceGetMPSComputeRunningProcesses_v3"):
      if (third_process_lists_withdrawn(driver)) return false;
      break;
  }
  return driver >= kFunctions[function].first_driver;
}

std::string_view name_without_version(std::string_view name) {
  const auto suffix = name.rfind("_v");
  if (suffix == name.npos || suffix + 2 == name.size()) return name;
  const bool digits = name.find_first_not_of("0123456789", suffix + 2) == name.npos;
  return digits ? name.substr(0, suffix) : name;
}

}  // namespace migsim
