#include "simulator/store/exported_functions.h"

#include "simulator/model/driver_features.h"
#include "simulator/store/function_table.h"

namespace migsim {

std::span<const ExportedFunction> ExportedFunctions() { return kFunctions; }

bool DriverHas(DriverVersion driver, FunctionId function) {
  switch (function) {
    case FunctionIdOf("nvmlComputeInstanceGetInfo_v2"):
      if (SecondComputeInstanceInfoMissing(driver)) return false;
      break;
    case FunctionIdOf("nvmlDeviceGetComputeRunningProcesses_v3"):
    case FunctionIdOf("nvmlDeviceGetGraphicsRunningProcesses_v3"):
    case FunctionIdOf("nvmlDeviceGetMPSComputeRunningProcesses_v3"):
      if (ThirdProcessListsWithdrawn(driver)) return false;
      break;
  }
  return driver >= kFunctions[function].first_driver;
}

std::string_view NameWithoutVersion(std::string_view name) {
  const auto suffix = name.rfind("_v");
  if (suffix == name.npos || suffix + 2 == name.size()) return name;
  const bool digits = name.find_first_not_of("0123456789", suffix + 2) == name.npos;
  return digits ? name.substr(0, suffix) : name;
}

}  // namespace migsim
