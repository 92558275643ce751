// add-process, remove-process.
#include <algorithm>
#include <cstring>
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
  const std::string gpu_name = "GPU " + std::to_string(process.gpu);
  const Snapshot snapshot = take_snapshot(machine);
  const GpuState& gpu = snapshot.gpus[process.gpu];
  const bool whole = process.gpu_instance == kNoInstance;
  if (outcome == Outcome::kGpuIsLost || gpu.lost) return gpu_name + " is lost";
  if (whole && gpu.mig_enabled) {
    return gpu_name +
           " is in MIG mode: name a compute instance with gi= and ci=; there are (gi/ci) " +
           live_compute_instances(gpu);
  }
  if (!whole && !gpu.mig_enabled) {
    return gpu_name +
           " is not in MIG mode: a process there uses the whole GPU, without gi= and ci=";
  }
  const bool same =
      std::any_of(snapshot.processes.begin(), snapshot.processes.end(), [&](const Process& other) {
        return other.pid == process.pid && other.gpu == process.gpu &&
               other.gpu_instance == process.gpu_instance &&
               other.compute_instance == process.compute_instance;
      });
  if (same) return "process " + std::to_string(process.pid) + " already runs there";
  return gpu_name + " has no compute instance " +
         instance_name(process.gpu_instance, process.compute_instance) + "; there are (gi/ci) " +
         live_compute_instances(gpu);
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
