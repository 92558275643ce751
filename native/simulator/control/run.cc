#include "simulator/control/run.h"

#include <string>

#include "simulator/control/arguments.h"
#include "simulator/control/command.h"
#include "simulator/control/verbs.h"
#include "simulator/store/registry.h"

namespace migsim {
namespace {

struct RegistryVerb {
  std::string_view name;
  Reply (*run)(Arguments&);
};

struct MachineVerb {
  std::string_view name;
  Reply (*run)(Machine&, Arguments&);
};

constexpr RegistryVerb kRegistryVerbs[] = {
    {"create", create_verb}, {"open", open_verb},           {"close", close_verb},
    {"models", models_verb}, {"functions", functions_verb},
};

constexpr MachineVerb kMachineVerbs[] = {
    {"describe", describe_verb},
    {"root-tree", root_tree_verb},
    {"counts", counts_verb},
    {"reset-counts", reset_counts_verb},
    {"journal", journal_verb},
    {"add-process", add_process_verb},
    {"remove-process", remove_process_verb},
    {"lose-gpu", lose_gpu_verb},
    {"reset-gpu", reset_gpu_verb},
    {"reboot", reboot_verb},
    {"fail", fail_verb},
    {"count-call", count_call_verb},
    {"clear-faults", clear_faults_verb},
    {"latency", latency_verb},
    {"privileges", privileges_verb},
    {"reset-policy", reset_policy_verb},
    {"stale-sessions", stale_sessions_verb},
    {"idle-memory", idle_memory_verb},
};

template <typename Verb, std::size_t kCount>
const Verb* find_verb(const Verb (&verbs)[kCount], std::string_view name) {
  for (const Verb& verb : verbs) {
    if (verb.name == name) return &verb;
  }
  return nullptr;
}

template <typename Verb, std::size_t kCount>
void append_names(const Verb (&verbs)[kCount], std::string& names) {
  for (const Verb& verb : verbs) {
    names += names.empty() ? "" : ", ";
    names += verb.name;
  }
}

// The verb itself may be the first to find the machine broken.
Reply run_unless_broken(const MachineVerb& verb, Machine& machine, Arguments& arguments) {
  if (machine.broken()) return refuse(machine.breakage());
  Reply reply = verb.run(machine, arguments);
  return machine.broken() ? refuse(machine.breakage()) : reply;
}

Reply run_on_numbered_machine(const MachineVerb& verb, Arguments& arguments) {
  const std::string_view kMachine = "machine";
  const auto number = arguments.number(kMachine, {1, kMaxMachines});
  // A number that cannot be read must not fall back to the environment's
  // machine.
  if (!number && arguments.text(kMachine)) return refuse(*arguments.problem());
  const PinnedMachine machine(number ? static_cast<unsigned>(*number) : kEnvironmentMachine);
  if (machine) return run_unless_broken(verb, *machine, arguments);
  return refuse(number ? "no simulated machine has the number " + std::to_string(*number)
                       : environment_machine_error());
}

}  // namespace

Reply run_command(std::string_view text) {
  Command command;
  std::string error;
  if (!parse_command(text, &command, &error)) return refuse(error);
  Arguments arguments(command);
  if (const RegistryVerb* verb = find_verb(kRegistryVerbs, command.verb)) {
    return verb->run(arguments);
  }
  if (const MachineVerb* verb = find_verb(kMachineVerbs, command.verb)) {
    return run_on_numbered_machine(*verb, arguments);
  }
  std::string names;
  append_names(kRegistryVerbs, names);
  append_names(kMachineVerbs, names);
  return refuse("there is no command \"" + command.verb + "\"; there are " + names);
}

Reply run_on_machine(Machine& machine, std::string_view text) {
  Command command;
  std::string error;
  if (!parse_command(text, &command, &error)) return refuse(error);
  Arguments arguments(command);
  if (const MachineVerb* verb = find_verb(kMachineVerbs, command.verb)) {
    return verb->run(machine, arguments);
  }
  std::string names;
  append_names(kMachineVerbs, names);
  return refuse("there is no command \"" + command.verb + "\" here; there are " + names);
}

}  // namespace migsim
