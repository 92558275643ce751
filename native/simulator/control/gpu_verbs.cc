// lose-gpu, reset-gpu, reboot.
#include <string>

#include "simulator/control/gpu_argument.h"
#include "simulator/control/snapshot.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

std::string clients_of(const Machine& machine, unsigned gpu) {
  std::string clients;
  for (const Process& process : take_snapshot(machine).processes) {
    if (process.gpu != gpu) continue;
    clients += clients.empty() ? "" : ", ";
    clients += std::string(process.name) + " (pid " + std::to_string(process.pid) + ")";
  }
  return clients.empty() ? "a process" : clients;
}

std::string explain(const Machine& machine, unsigned gpu, Outcome outcome) {
  const std::string name = "GPU " + std::to_string(gpu);
  switch (outcome) {
    case Outcome::kInUse:
      return name + " is in use by " + clients_of(machine, gpu);
    case Outcome::kNotSupported:
      return name +
             " cannot be reset on this platform (reset policy refused); "
             "reboot instead";
    case Outcome::kNotFound:
      return name + " is removed; nvmlDeviceDiscoverGpus or a reboot brings it back";
    case Outcome::kGpuIsLost:
      return name + " is lost; only a reboot brings it back";
    default:
      return name + ": NVML return code " + std::to_string(static_cast<int>(outcome));
  }
}

Reply answer(const Machine& machine, std::string_view verb, unsigned gpu, Outcome outcome) {
  if (outcome == Outcome::kSuccess) return {};
  return refuse(std::string(verb) + ": " + explain(machine, gpu, outcome));
}

}  // namespace

Reply lose_gpu_verb(Machine& machine, Arguments& arguments) {
  const unsigned gpu = required_gpu(machine, arguments);
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  return answer(machine, "lose-gpu", gpu, lose_gpu(machine, gpu));
}

Reply reset_gpu_verb(Machine& machine, Arguments& arguments) {
  const unsigned gpu = required_gpu(machine, arguments);
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  return answer(machine, "reset-gpu", gpu, reset_gpu(machine, gpu));
}

Reply reboot_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  reboot(machine);
  return {};
}

}  // namespace migsim
