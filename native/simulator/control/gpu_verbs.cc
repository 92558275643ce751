// lose-gpu, raise-xid, reset-gpu, request-mode, reboot, unload-driver, load-driver.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/gpu_argument.h"
#include "simulator/control/machine_copy.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

std::string ClientsOf(const SimMachine& machine, unsigned gpu) {
  std::string clients;
  for (const SimProcess& process : CopyMachine(machine).processes) {
    if (process.gpu != gpu) continue;
    clients += clients.empty() ? "" : ", ";
    clients += std::string(process.name) + " (pid " + std::to_string(process.pid) + ")";
  }
  return clients.empty() ? "a process" : clients;
}

std::string Explain(const SimMachine& machine, unsigned gpu, ModelResult outcome) {
  const std::string name = "GPU " + std::to_string(gpu);
  switch (outcome) {
    case ModelResult::kInUse:
      return name + " is in use by " + ClientsOf(machine, gpu);
    case ModelResult::kNotSupported:
      return name +
             " cannot be reset on this platform (reset policy refused); "
             "reboot instead";
    case ModelResult::kNotFound:
      return name + " is removed; nvmlDeviceDiscoverGpus or a reboot brings it back";
    case ModelResult::kGpuIsLost:
      return name + " is lost; only a reboot brings it back";
    default:
      return name + ": NVML return code " + std::to_string(static_cast<int>(outcome));
  }
}

Reply Answer(const SimMachine& machine, std::string_view verb, unsigned gpu, ModelResult outcome) {
  if (outcome == ModelResult::kSuccess) return {};
  return Refuse(std::string(verb) + ": " + Explain(machine, gpu, outcome));
}

}  // namespace

Reply LoseGpuVerb(SimMachine& machine, CommandArguments& arguments) {
  const unsigned gpu = RequiredGpu(machine, arguments);
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  return Answer(machine, "lose-gpu", gpu, LoseGpu(machine, gpu));
}

Reply RaiseXidVerb(SimMachine& machine, CommandArguments& arguments) {
  Event xid = {};
  xid.gpu = RequiredGpu(machine, arguments);
  xid.data = arguments.RequiredNumber("xid", {1, 0xFFFF});
  const auto gpu_instance = arguments.Number("gi", {0, kGpuInstanceSlots - 1});
  const auto compute_instance = arguments.Number("ci", {0, kComputeInstanceSlots - 1});
  if (compute_instance && !gpu_instance) arguments.Complain("ci= needs gi=");
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  xid.gpu_instance = static_cast<std::uint32_t>(gpu_instance.value_or(kNoInstance));
  xid.compute_instance = static_cast<std::uint32_t>(compute_instance.value_or(kNoInstance));
  const ModelResult outcome = RaiseXid(machine, xid);
  if (outcome == ModelResult::kInvalidArgument) {
    return Refuse("raise-xid: GPU " + std::to_string(xid.gpu) + " has no such instance");
  }
  return Answer(machine, "raise-xid", xid.gpu, outcome);
}

Reply ResetGpuVerb(SimMachine& machine, CommandArguments& arguments) {
  const unsigned gpu = RequiredGpu(machine, arguments);
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  return Answer(machine, "reset-gpu", gpu, ResetGpu(machine, gpu));
}

Reply RequestModeVerb(SimMachine& machine, CommandArguments& arguments) {
  const unsigned gpu = RequiredGpu(machine, arguments);
  const auto enable = arguments.ChoiceOf<bool>("mig", kSwitchNames);
  arguments.Require("mig", arguments.Text("mig").has_value());
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const ModelResult outcome = RequestMode(machine, gpu, *enable);
  if (outcome == ModelResult::kNotSupported) {
    return Refuse("request-mode: GPU " + std::to_string(gpu) + " has no register for its MIG mode");
  }
  return Answer(machine, "request-mode", gpu, outcome);
}

Reply RebootVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  Reboot(machine);
  return {};
}

Reply UnloadDriverVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  if (UnloadDriver(machine) == ModelResult::kSuccess) return {};
  return Refuse("unload-driver: the driver is in use; processes and NVML sessions must end first");
}

Reply LoadDriverVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  LoadDriver(machine);
  return {};
}

}  // namespace migsim
