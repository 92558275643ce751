// add-process, remove-process.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/gpu_argument.h"
#include "simulator/control/snapshot.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

std::string instance_name(unsigned gpu_instance, unsigned compute_instance) {
  return std::to_string(gpu_instance) + "/" + std::to_string(compute_instance);
}

std::string live_compute_instances(const GpuState& gpu) {
  std::string names;
  for (unsigned gi = 0; gi < kGpuInstanceSlots; ++gi) {
    if (!gpu.instances[gi].live()) continue;
    for (unsigned ci = 0; ci < kComputeInstanceSlots; ++ci) {
      if (!gpu.instances[gi].compute_instances[ci].live()) continue;
      names += (names.empty() ? "" : ", ") + instance_name(gi, ci);
    }
  }
  return names.empty() ? "none" : names;
}

// Why the model did not take the process; looked up after the fact, for people.
std::string explain(const Machine& machine, const Process& process, Outcome outcome) {
  if (outcome == Outcome::kInsufficientResources) {
    return "a simulated machine holds at most " + std::to_string(kMaxProcesses) + " processes";
  }
  if (outcome == Outcome::kInUse || outcome == Outcome::kNotFound) {
    return "GPU " + std::to_string(process.gpu) +
           (outcome == Outcome::kInUse ? " drains: it takes no new clients" : " is removed");
  }
  const GpuState gpu = take_snapshot(machine).gpus[process.gpu];
  if (process.gpu_instance != kNoInstance &&
      !gpu.instances[process.gpu_instance].compute_instances[process.compute_instance].live()) {
    return "GPU " + std::to_string(process.gpu) + " has no compute instance " +
           instance_name(process.gpu_instance, process.compute_instance) +
           "; live (gi/ci): " + live_compute_instances(gpu);
  }
  return "process " + std::to_string(process.pid) + " already runs there";
}

}  // namespace

Reply add_process_verb(Machine& machine, Arguments& arguments) {
  Process process{};
  process.pid = static_cast<std::uint32_t>(arguments.required_number("pid", {1, 0x7FFFFFFF}));
  process.gpu = static_cast<std::uint8_t>(required_gpu(machine, arguments));
  const auto gpu_instance = arguments.number("gi", {0, kGpuInstanceSlots - 1});
  const auto compute_instance = arguments.number("ci", {0, kComputeInstanceSlots - 1});
  const std::string_view name = arguments.text("name").value_or("simulated");
  process.memory_mib = static_cast<std::uint32_t>(arguments.number("memory-mib").value_or(0));
  process.kind =
      arguments.choice<ProcessKind>("kind", kProcessKindNames).value_or(ProcessKind::kCompute);
  if (gpu_instance.has_value() != compute_instance.has_value()) {
    arguments.complain("gi= and ci= go together");
  }
  if (name.size() >= kProcessNameSize) {
    arguments.complain("name must have fewer than " + std::to_string(kProcessNameSize) + " bytes");
  }
  if (const std::string* problem = arguments.problem()) return refuse(*problem);

  process.gpu_instance = static_cast<std::uint32_t>(gpu_instance.value_or(kNoInstance));
  process.compute_instance = static_cast<std::uint32_t>(compute_instance.value_or(kNoInstance));
  name.copy(process.name, kProcessNameSize - 1);
  const Outcome outcome = add_process(machine, process);
  if (outcome == Outcome::kSuccess) return {};
  return refuse("add-process: " + explain(machine, process, outcome));
}

Reply remove_process_verb(Machine& machine, Arguments& arguments) {
  const auto pid = static_cast<std::uint32_t>(arguments.required_number("pid", {1, 0x7FFFFFFF}));
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  if (remove_process(machine, pid) > 0) return {};
  return refuse("remove-process: no process " + std::to_string(pid) + " uses a GPU here");
}

}  // namespace migsim
