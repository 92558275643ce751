// Runs NVML calls from standard input, one on each line, and answers each with a line of JSON.
// Commands name GPUs by index and instances by id; a handle kept under a name can be used after its
// instance is gone.
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

// Calls any function with nulls and zeros only, for its answer before its arguments matter.
Answer CallByName(std::istream& in) {
  std::string name;
  in >> name;
  using Any = nvmlReturn_t(void*, void*, void*, void*);
  return {NvmlSymbol<Any>(name.c_str())(nullptr, nullptr, nullptr, nullptr), ""};
}

Answer Keep(std::istream& in) {
  std::string kind;
  std::string name;
  in >> name >> kind;
  if (kind == "gi") {
    kept[name] = GpuInstanceOf(in);
  } else if (kind == "ci") {
    kept[name] = ComputeInstanceOf(in);
  } else {
    kept[name] = DeviceOf(kind);
  }
  return {kept[name] == nullptr ? NVML_ERROR_NOT_FOUND : NVML_SUCCESS, ""};
}

Answer Control(std::istream& in) {
  using Control = const char*(const char*, int*);
  std::string command;
  std::getline(in >> std::ws, command);
  int status = 0;
  const std::string reply = NvmlSymbol<Control>("migsim_control")(command.c_str(), &status);
  return {static_cast<nvmlReturn_t>(status), ",\"reply\":" + (reply.empty() ? "null" : reply)};
}

Answer Select(std::istream& in) {
  using Select = void(unsigned);
  unsigned number = 0;
  in >> number;
  NvmlSymbol<Select>("migsim_select_machine")(number);
  return {NVML_SUCCESS, ""};
}

const std::map<std::string, Answer (*)(std::istream&)> kCommands = {
    {"control", Control},
    {"select", Select},
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
       return Answer{ret, Member("count", count)};
     }},
    {"mode", Mode},
    {"set-mode", SetMode},
    {"profile", ProfileInfo},
    {"placements", Placements},
    {"capacity", Capacity},
    {"most", MostMigDevices},
    {"create", CreateGpuInstance},
    {"destroy",
     [](std::istream& in) {
       return Answer{NVML(nvmlGpuInstanceDestroy)(GpuInstanceOf(in)), ""};
     }},
    {"info", [](std::istream& in) { return GpuInstanceInfo(NVML_SUCCESS, GpuInstanceOf(in)); }},
    {"list", ListGpuInstances},
    {"find", FindGpuInstance},
    {"create-ci", CreateComputeInstance},
    {"ci-places", ListComputePlaces},
    {"list-ci", ListComputeInstances},
    {"find-ci", FindComputeInstance},
    {"destroy-ci",
     [](std::istream& in) {
       return Answer{NVML(nvmlComputeInstanceDestroy)(ComputeInstanceOf(in)), ""};
     }},
    {"destroy-kept-ci",
     [](std::istream& in) {
       std::string name;
       in >> name;
       return Answer{
           NVML(nvmlComputeInstanceDestroy)(static_cast<nvmlComputeInstance_t>(kept[name])), ""};
     }},
    {"mig", MigDeviceAt},
    {"instance-id", InstanceId},
    {"identity", Identity},
    {"by-uuid", ByUuid},
    {"processes", Processes},
    {"detailed", DetailedProcesses},
    {"memory", Memory},
    {"bar1", Bar1},
    {"field", Field},
    {"ecc-total", EccTotal},
    {"sample", Sample},
    {"set", Set},
    {"minor", MinorNumber},
    {"drain", Drain},
    {"drains", Drains},
    {"remove", Remove},
    {"remove-v1", RemoveV1},
    {"discover", Discover},
    {"at", AtAddress},
    {"init-flags", InitWithFlags},
    {"call", CallByName},
    {"keep", Keep},
    {"ancestor", Ancestor},
    {"nearest", Nearest},
    {"near-cpu", NearCpu},
    {"cpus", Cpus},
    {"nodes", Nodes},
    {"peer", Peer},
    {"same-board", SameBoard},
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
