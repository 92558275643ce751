// Sessions, versions and names of the library itself.
#include <cstdio>
#include <string>

#include "simulator/model/driver_features.h"
#include "simulator/nvml/caller.h"
#include "simulator/nvml/exports.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/result.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

// The reason why no session can begin.
std::string BeginError(unsigned machine_number) {
  if (std::string error = CallerError(); !error.empty()) return error;
  return machine_number == kEnvironmentMachine ? EnvironmentMachineError() : std::string();
}

bool DriverIsLoaded(const SimMachine& machine) {
  return Reading(machine).controls().driver_unloaded == 0;
}

bool HasGpus(const SimMachine& machine) {
  const Reading reading(machine);
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (!reading.Gpu(gpu).removed && !reading.Gpu(gpu).draining) return true;
  }
  return false;
}

abi::nvmlReturn_t BeginSession(FunctionId function, unsigned flags = 0) {
  const unsigned number = SelectedMachine();
  const Gate gate(function, number, SessionNeed::kNotNeeded);
  if (const std::string error = BeginError(number); !error.empty()) {
    // Standard error is the only channel to the user of a program that does not know the simulator.
    std::fprintf(stderr, "libnvidia-ml.so.1 (simulated): %s\n", error.c_str());
    return abi::NVML_ERROR_DRIVER_NOT_LOADED;
  }
  if (gate.answered()) return gate.answer();
  if (!DriverIsLoaded(gate.machine())) return abi::NVML_ERROR_DRIVER_NOT_LOADED;
  const bool needs_gpus = gate.machine().driver() >= kFirstGpuNotFound;
  if (needs_gpus && (flags & abi::NVML_INIT_FLAG_NO_GPUS) == 0 && !HasGpus(gate.machine())) {
    return abi::NVML_ERROR_GPU_NOT_FOUND;
  }
  gate.machine().BeginSession();
  return abi::NVML_SUCCESS;
}

std::string DriverText(DriverVersion driver) {
  char text[kDriverTextSize];
  WriteDriverVersion(driver, text);
  return text;
}

// Calls that need a session but no handle.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t SystemCall(Body body) {
  const Gate gate(kName.id(), SelectedMachine());
  return gate.answered() ? gate.answer() : body(gate.machine());
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlInit() { return BeginSession(FunctionIdOf("nvmlInit")); }

MIGSIM_EXPORT abi::nvmlReturn_t nvmlInit_v2() { return BeginSession(FunctionIdOf("nvmlInit_v2")); }

MIGSIM_EXPORT abi::nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
  return BeginSession(FunctionIdOf("nvmlInitWithFlags"), flags);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlShutdown() {
  const Gate gate(FunctionIdOf("nvmlShutdown"), SelectedMachine(), SessionNeed::kNotNeeded);
  if (gate.answered()) return gate.answer();
  return gate.machine().EndSession() ? abi::NVML_SUCCESS : abi::NVML_ERROR_UNINITIALIZED;
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return SystemCall<"nvmlSystemGetDriverVersion">([=](const SimMachine& machine) {
    return GiveText(version, length, DriverText(machine.driver()));
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length) {
  const Gate gate(FunctionIdOf("nvmlSystemGetNVMLVersion"), SelectedMachine(),
                  SessionNeed::kNotNeeded);
  if (gate.answered()) return gate.answer();
  const DriverVersion driver = gate.machine().driver();
  return GiveText(version, length,
                  std::to_string(CudaVersion(driver) / 1000) + "." + DriverText(driver));
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return SystemCall<"nvmlSystemGetCudaDriverVersion">(
      [=](const SimMachine& machine) { return Give(version, CudaVersion(machine.driver())); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return SystemCall<"nvmlSystemGetCudaDriverVersion_v2">(
      [=](const SimMachine& machine) { return Give(version, CudaVersion(machine.driver())); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetDriverBranch(
    abi::nvmlSystemDriverBranchInfo_v1_t* info, unsigned int length) {
  return SystemCall<"nvmlSystemGetDriverBranch">([=](const SimMachine& machine) {
    if (info == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (info->version != abi::nvmlSystemDriverBranchInfo_v1_version) {
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    const std::string branch = "r" + std::to_string(machine.driver().branch) + "_00";
    return GiveText(info->branch, std::min<unsigned>(length, sizeof info->branch), branch);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name,
                                                         unsigned int length) {
  return SystemCall<"nvmlSystemGetProcessName">([=](const SimMachine& machine) {
    if (name == nullptr || length == 0) return abi::NVML_ERROR_INVALID_ARGUMENT;
    const Reading reading(machine);
    for (const SimProcess& process : reading.processes().all()) {
      if (process.pid != pid) continue;
      return GiveText(name, length, std::string_view(process.name).substr(0, length - 1));
    }
    return abi::NVML_ERROR_NOT_FOUND;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount) {
  return SystemCall<"nvmlGetExcludedDeviceCount">(
      [=](const SimMachine&) { return Give(deviceCount, 0u); });
}

}  // namespace migsim
