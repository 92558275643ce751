// privileges, reset-policy, stale-sessions, idle-memory.
#include <span>

#include "simulator/control/choices.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

// Far more than was ever seen (11 to 49), and less than the smallest instance has.
constexpr std::uint64_t kMostIdleMiB = 1024;

// value=WORD, as one of the settings of a machine.
template <typename Value>
Reply set_choice(Machine& machine, Arguments& arguments, std::span<const Choice<Value>> choices,
                 void (*set)(Machine&, Value)) {
  const auto value = arguments.choice<Value>("value", choices);
  arguments.require("value", arguments.text("value").has_value());
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set(machine, *value);
  return {};
}

}  // namespace

Reply privileges_verb(Machine& machine, Arguments& arguments) {
  return set_choice<Privileges>(machine, arguments, kPrivilegeNames, set_privileges);
}

Reply reset_policy_verb(Machine& machine, Arguments& arguments) {
  return set_choice<ResetPolicy>(machine, arguments, kResetPolicyNames, set_reset_policy);
}

Reply stale_sessions_verb(Machine& machine, Arguments& arguments) {
  return set_choice<bool>(machine, arguments, kSwitchNames, set_stale_sessions);
}

Reply idle_memory_verb(Machine& machine, Arguments& arguments) {
  const auto mib = arguments.required_number("mib", {0, kMostIdleMiB});
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set_idle_memory(machine, static_cast<std::uint32_t>(mib));
  return {};
}

}  // namespace migsim
