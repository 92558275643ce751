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

using namespace nvml_abi;

// Why no session can begin.
std::string BeginError(unsigned machine_number) {
  if (std::string error = CallerError(); !error.empty()) return error;
  return machine_number == kEnvironmentMachine ? EnvironmentMachineError() : std::string();
}

bool HasGpus(const Machine& machine) {
  const Reading reading(machine);
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (!reading.Gpu(gpu).removed && !reading.Gpu(gpu).draining) return true;
  }
  return false;
}

nvmlReturn_t BeginSession(FunctionId function, unsigned flags = 0) {
  const unsigned number = SelectedMachine();
  const Gate gate(function, number, Session::kNotNeeded);
  if (const std::string error = BeginError(number); !error.empty()) {
    // The only way to tell the user of a program that knows nothing of
    // simulated machines.
    std::fprintf(stderr, "libnvidia-ml.so.1 (simulated): %s\n", error.c_str());
    return NVML_ERROR_DRIVER_NOT_LOADED;
  }
  if (gate.answered()) return gate.answer();
  const bool needs_gpus = gate.machine().driver() >= kFirstGpuNotFound;
  if (needs_gpus && (flags & NVML_INIT_FLAG_NO_GPUS) == 0 && !HasGpus(gate.machine())) {
    return NVML_ERROR_GPU_NOT_FOUND;
  }
  gate.machine().BeginSession();
  return NVML_SUCCESS;
}

std::string DriverText(DriverVersion driver) {
  char text[kDriverTextSize];
  WriteDriverVersion(driver, text);
  return text;
}

// What needs a session but no handle.
template <FunctionName kName, typename Body>
nvmlReturn_t SystemCall(Body body) {
  const Gate gate(kName.id(), SelectedMachine());
  return gate.answered() ? gate.answer() : body(gate.machine());
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlInit() { return BeginSession(FunctionIdOf("nvmlInit")); }

nvmlReturn_t nvmlInit_v2() { return BeginSession(FunctionIdOf("nvmlInit_v2")); }

nvmlReturn_t nvmlInitWithFlags(unsigned int flags) {
  return BeginSession(FunctionIdOf("nvmlInitWithFlags"), flags);
}

nvmlReturn_t nvmlShutdown() {
  const Gate gate(FunctionIdOf("nvmlShutdown"), SelectedMachine(), Session::kNotNeeded);
  if (gate.answered()) return gate.answer();
  return gate.machine().EndSession() ? NVML_SUCCESS : NVML_ERROR_UNINITIALIZED;
}

nvmlReturn_t nvmlSystemGetDriverVersion(char* version, unsigned int length) {
  return SystemCall<"nvmlSystemGetDriverVersion">([=](const Machine& machine) {
    return GiveText(version, length, DriverText(machine.driver()));
  });
}

nvmlReturn_t nvmlSystemGetNVMLVersion(char* version, unsigned int length) {
  const Gate gate(FunctionIdOf("nvmlSystemGetNVMLVersion"), SelectedMachine(), Session::kNotNeeded);
  if (gate.answered()) return gate.answer();
  const DriverVersion driver = gate.machine().driver();
  return GiveText(version, length,
                  std::to_string(CudaVersion(driver) / 1000) + "." + DriverText(driver));
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion(int* version) {
  return SystemCall<"nvmlSystemGetCudaDriverVersion">(
      [=](const Machine& machine) { return Give(version, CudaVersion(machine.driver())); });
}

nvmlReturn_t nvmlSystemGetCudaDriverVersion_v2(int* version) {
  return SystemCall<"nvmlSystemGetCudaDriverVersion_v2">(
      [=](const Machine& machine) { return Give(version, CudaVersion(machine.driver())); });
}

nvmlReturn_t nvmlSystemGetDriverBranch(nvmlSystemDriverBranchInfo_v1_t* info, unsigned int length) {
  return SystemCall<"nvmlSystemGetDriverBranch">([=](const Machine& machine) {
    if (info == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (info->version != nvmlSystemDriverBranchInfo_v1_version) {
      return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    const std::string branch = "r" + std::to_string(machine.driver().branch) + "_00";
    return GiveText(info->branch, std::min<unsigned>(length, sizeof info->branch), branch);
  });
}

nvmlReturn_t nvmlSystemGetProcessName(unsigned int pid, char* name, unsigned int length) {
  return SystemCall<"nvmlSystemGetProcessName">([=](const Machine& machine) {
    if (name == nullptr || length == 0) return NVML_ERROR_INVALID_ARGUMENT;
    const Reading reading(machine);
    for (const Process& process : reading.processes().all()) {
      if (process.pid != pid) continue;
      return GiveText(name, length, std::string_view(process.name).substr(0, length - 1));
    }
    return NVML_ERROR_NOT_FOUND;
  });
}

nvmlReturn_t nvmlGetExcludedDeviceCount(unsigned int* deviceCount) {
  return SystemCall<"nvmlGetExcludedDeviceCount">(
      [=](const Machine&) { return Give(deviceCount, 0u); });
}

}  // namespace nvml_abi
