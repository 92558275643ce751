// Runs NVML calls read from standard input, one a line, and answers each with a line of JSON. GPUs
// go by index, instances by id; a handle kept under a name can be used after its instance is gone.
#include <iostream>
#include <map>
#include <sstream>
#include <string>

#include "shell_devices.h"
#include "shell_host.h"
#include "shell_instances.h"
#include "shell_settings.h"
#include "shell_words.h"

using namespace nvml_abi;
using namespace shell;

namespace {

// Any function, with nothing but nulls and zeros: for how it answers before its arguments matter.
Answer call_by_name(std::istream& in) {
  std::string name;
  in >> name;
  using Any = nvmlReturn_t(void*, void*, void*, void*);
  return {nvml_symbol<Any>(name.c_str())(nullptr, nullptr, nullptr, nullptr), ""};
}

Answer keep(std::istream& in) {
  std::string kind;
  std::string name;
  in >> name >> kind;
  if (kind == "gi") {
    kept[name] = gpu_instance_of(in);
  } else if (kind == "ci") {
    kept[name] = compute_instance_of(in);
  } else {
    kept[name] = device_of(kind);
  }
  return {kept[name] == nullptr ? NVML_ERROR_NOT_FOUND : NVML_SUCCESS, ""};
}

Answer control(std::istream& in) {
  using Control = const char*(const char*, int*);
  std::string command;
  std::getline(in >> std::ws, command);
  int status = 0;
  const std::string reply = nvml_symbol<Control>("migsim_control")(command.c_str(), &status);
  return {static_cast<nvmlReturn_t>(status), ",\"reply\":" + (reply.empty() ? "null" : reply)};
}

Answer select(std::istream& in) {
  using Select = void(unsigned);
  unsigned number = 0;
  in >> number;
  nvml_symbol<Select>("migsim_select_machine")(number);
  return {NVML_SUCCESS, ""};
}

const std::map<std::string, Answer (*)(std::istream&)> kCommands = {
    {"control", control},
    {"select", select},
    {"init",
     [](std::istream&) {
       return Answer{NVML(nvmlInit_v2)(), ""};
     }},
    {"shutdown",
     [](std::istream&) {
       return Answer{NVML(nvmlShutdown)(), ""};
     }},
    {"count",
     [](std::istream&) {
       unsigned count = ~0u;
       const auto ret = NVML(nvmlDeviceGetCount_v2)(&count);
       return Answer{ret, member("count", count)};
     }},
    {"mode", mode},
    {"set-mode", set_mode},
    {"profile", profile_info},
    {"placements", placements},
    {"capacity", capacity},
    {"most", most_mig_devices},
    {"create", create_gpu_instance},
    {"destroy",
     [](std::istream& in) {
       return Answer{NVML(nvmlGpuInstanceDestroy)(gpu_instance_of(in)), ""};
     }},
    {"info", [](std::istream& in) { return gpu_instance_info(NVML_SUCCESS, gpu_instance_of(in)); }},
    {"list", list_gpu_instances},
    {"find", find_gpu_instance},
    {"create-ci", create_compute_instance},
    {"ci-places", list_compute_places},
    {"list-ci", list_compute_instances},
    {"find-ci", find_compute_instance},
    {"destroy-ci",
     [](std::istream& in) {
       return Answer{NVML(nvmlComputeInstanceDestroy)(compute_instance_of(in)), ""};
     }},
    {"destroy-kept-ci",
     [](std::istream& in) {
       std::string name;
       in >> name;
       return Answer{
           NVML(nvmlComputeInstanceDestroy)(static_cast<nvmlComputeInstance_t>(kept[name])), ""};
     }},
    {"mig", mig_device_at},
    {"instance-id", instance_id},
    {"identity", identity},
    {"by-uuid", by_uuid},
    {"processes", processes},
    {"detailed", detailed_processes},
    {"memory", memory},
    {"bar1", bar1},
    {"field", field},
    {"ecc-total", ecc_total},
    {"sample", sample},
    {"set", set},
    {"minor", minor_number},
    {"drain", drain},
    {"drains", drains},
    {"remove", remove},
    {"remove-v1", remove_v1},
    {"discover", discover},
    {"at", at_address},
    {"init-flags", init_with_flags},
    {"call", call_by_name},
    {"keep", keep},
    {"ancestor", ancestor},
    {"nearest", nearest},
    {"near-cpu", near_cpu},
    {"cpus", cpus},
    {"nodes", nodes},
    {"peer", peer},
    {"same-board", same_board},
};

}  // namespace

int main() {
  for (std::string line; std::getline(std::cin, line);) {
    std::istringstream in(line);
    std::string verb;
    in >> verb;
    const auto command = kCommands.find(verb);
    if (command == kCommands.end()) {
      std::cerr << "unknown command " << line << "\n";
      return 2;
    }
    const Answer answer = command->second(in);
    std::cout << "{\"ret\":" << answer.ret << answer.rest << "}" << std::endl;
  }
}
