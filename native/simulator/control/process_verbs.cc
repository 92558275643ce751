// add-process, remove-process.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/gpu_argument.h"
#include "simulator/control/machine_copy.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

std::string InstanceName(unsigned gpu_instance, unsigned compute_instance) {
  return std::to_string(gpu_instance) + "/" + std::to_string(compute_instance);
}

std::string LiveComputeInstances(const GpuState& gpu) {
  std::string names;
  for (unsigned gi = 0; gi < kGpuInstanceSlots; ++gi) {
    if (!gpu.instances[gi].live()) continue;
    for (unsigned ci = 0; ci < kComputeInstanceSlots; ++ci) {
      if (!gpu.instances[gi].compute_instances[ci].live()) continue;
      names += (names.empty() ? "" : ", ") + InstanceName(gi, ci);
    }
  }
  return names.empty() ? "none" : names;
}

// Why the model refused the process, found afterwards for the error message.
std::string Explain(const SimMachine& machine, const SimProcess& process, ModelResult outcome) {
  if (outcome == ModelResult::kInsufficientResources) {
    return "a simulated machine holds at most " + std::to_string(kMaxProcesses) + " processes";
  }
  if (outcome == ModelResult::kInUse || outcome == ModelResult::kNotFound) {
    return "GPU " + std::to_string(process.gpu) +
           (outcome == ModelResult::kInUse ? " drains and takes no new clients" : " is removed");
  }
  const GpuState gpu = CopyMachine(machine).gpus[process.gpu];
  if (process.gpu_instance != kNoInstance &&
      !gpu.instances[process.gpu_instance].compute_instances[process.compute_instance].live()) {
    return "GPU " + std::to_string(process.gpu) + " has no compute instance " +
           InstanceName(process.gpu_instance, process.compute_instance) +
           "; live (gi/ci): " + LiveComputeInstances(gpu);
  }
  return "process " + std::to_string(process.pid) + " already runs there";
}

}  // namespace

Reply AddProcessVerb(SimMachine& machine, CommandArguments& arguments) {
  SimProcess process{};
  process.pid = static_cast<std::uint32_t>(arguments.RequiredNumber("pid", {1, 0x7FFFFFFF}));
  process.gpu = static_cast<std::uint8_t>(RequiredGpu(machine, arguments));
  const auto gpu_instance = arguments.Number("gi", {0, kGpuInstanceSlots - 1});
  const auto compute_instance = arguments.Number("ci", {0, kComputeInstanceSlots - 1});
  const std::string_view name = arguments.Text("name").value_or("simulated");
  process.memory_mib = static_cast<std::uint32_t>(arguments.Number("memory-mib").value_or(0));
  process.kind =
      arguments.ChoiceOf<ProcessKind>("kind", kProcessKindNames).value_or(ProcessKind::kCompute);
  if (gpu_instance.has_value() != compute_instance.has_value()) {
    arguments.Complain("gi= and ci= must both be present or absent");
  }
  if (name.size() >= kProcessNameSize) {
    arguments.Complain("name must have fewer than " + std::to_string(kProcessNameSize) + " bytes");
  }
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);

  process.gpu_instance = static_cast<std::uint32_t>(gpu_instance.value_or(kNoInstance));
  process.compute_instance = static_cast<std::uint32_t>(compute_instance.value_or(kNoInstance));
  name.copy(process.name, kProcessNameSize - 1);
  const ModelResult outcome = AddProcess(machine, process);
  if (outcome == ModelResult::kSuccess) return {};
  return Refuse("add-process: " + Explain(machine, process, outcome));
}

Reply RemoveProcessVerb(SimMachine& machine, CommandArguments& arguments) {
  const auto pid = static_cast<std::uint32_t>(arguments.RequiredNumber("pid", {1, 0x7FFFFFFF}));
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  if (RemoveProcess(machine, pid) > 0) return {};
  return Refuse("remove-process: no process " + std::to_string(pid) + " uses a GPU here");
}

}  // namespace migsim
