#include "simulator/control/run.h"

#include <string>

#include "simulator/control/command.h"
#include "simulator/control/command_arguments.h"
#include "simulator/control/verbs.h"
#include "simulator/store/registry.h"

namespace migsim {
namespace {

struct RegistryVerb {
  std::string_view name;
  Reply (*run)(CommandArguments&);
};

struct MachineVerb {
  std::string_view name;
  Reply (*run)(SimMachine&, CommandArguments&);
};

constexpr RegistryVerb kRegistryVerbs[] = {
    {"create", CreateVerb}, {"open", OpenVerb},           {"close", CloseVerb},
    {"models", ModelsVerb}, {"functions", FunctionsVerb},
};

constexpr MachineVerb kMachineVerbs[] = {
    {"describe", DescribeVerb},
    {"root-tree", RootTreeVerb},
    {"counts", CountsVerb},
    {"reset-counts", ResetCountsVerb},
    {"journal", JournalVerb},
    {"add-process", AddProcessVerb},
    {"remove-process", RemoveProcessVerb},
    {"lose-gpu", LoseGpuVerb},
    {"raise-xid", RaiseXidVerb},
    {"reset-gpu", ResetGpuVerb},
    {"request-mode", RequestModeVerb},
    {"reboot", RebootVerb},
    {"unload-driver", UnloadDriverVerb},
    {"load-driver", LoadDriverVerb},
    {"fail", FailVerb},
    {"count-call", CountCallVerb},
    {"clear-faults", ClearFaultsVerb},
    {"latency", LatencyVerb},
    {"privileges", PrivilegesVerb},
    {"reset-policy", ResetPolicyVerb},
    {"stale-sessions", StaleSessionsVerb},
    {"idle-memory", IdleMemoryVerb},
};

template <typename Verb, std::size_t kCount>
const Verb* FindVerb(const Verb (&verbs)[kCount], std::string_view name) {
  for (const Verb& verb : verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

template <typename Verb, std::size_t kCount>
void AppendNames(const Verb (&verbs)[kCount], std::string& names) {
  for (const Verb& verb : verbs) {
    names += names.empty() ? "" : ", ";
    names += verb.name;
  }
}

// The verb itself may be the first to find the machine broken.
Reply RunUnlessBroken(const MachineVerb& verb, SimMachine& machine, CommandArguments& arguments) {
  if (machine.broken()) return Refuse(machine.breakage());
  Reply reply = verb.run(machine, arguments);
  return machine.broken() ? Refuse(machine.breakage()) : reply;
}

Reply RunOnNumberedMachine(const MachineVerb& verb, CommandArguments& arguments) {
  const std::string_view kMachine = "machine";
  const auto number = arguments.Number(kMachine, {1, kMaxMachines});
  // A number that cannot be read must not fall back to the environment's
  // machine.
  if (!number && arguments.Text(kMachine)) return Refuse(*arguments.Problem());
  const PinnedMachine machine(number ? static_cast<unsigned>(*number) : kEnvironmentMachine);
  if (machine) return RunUnlessBroken(verb, *machine, arguments);
  return Refuse(number ? "no simulated machine has the number " + std::to_string(*number)
                       : EnvironmentMachineError());
}

}  // namespace

Reply RunCommand(std::string_view text) {
  Command command;
  std::string error;
  if (!ParseCommand(text, &command, &error)) return Refuse(error);
  CommandArguments arguments(command);
  if (const RegistryVerb* verb = FindVerb(kRegistryVerbs, command.verb)) {
    return verb->run(arguments);
  }
  if (const MachineVerb* verb = FindVerb(kMachineVerbs, command.verb)) {
    return RunOnNumberedMachine(*verb, arguments);
  }
  std::string names;
  AppendNames(kRegistryVerbs, names);
  AppendNames(kMachineVerbs, names);
  return Refuse("unknown command \"" + command.verb + "\"; the commands are " + names);
}

Reply RunOnMachine(SimMachine& machine, std::string_view text) {
  Command command;
  std::string error;
  if (!ParseCommand(text, &command, &error)) return Refuse(error);
  CommandArguments arguments(command);
  if (const MachineVerb* verb = FindVerb(kMachineVerbs, command.verb)) {
    return verb->run(machine, arguments);
  }
  std::string names;
  AppendNames(kMachineVerbs, names);
  return Refuse("unknown command \"" + command.verb + "\"; the commands on a machine are " + names);
}

}  // namespace migsim
