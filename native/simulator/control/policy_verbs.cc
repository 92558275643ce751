// privileges, reset-policy, stale-sessions, idle-memory.
#include <span>

#include "simulator/control/choices.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

// Far more than any capture shows (11 to 49), and less than the memory of the smallest instance.
constexpr std::uint64_t kMostIdleMiB = 1024;

// value=WORD, one of the settings of a machine.
template <typename Value>
Reply SetChoice(SimMachine& machine, CommandArguments& arguments,
                std::span<const Choice<Value>> choices, void (*set)(SimMachine&, Value)) {
  const auto value = arguments.ChoiceOf<Value>("value", choices);
  arguments.Require("value", arguments.Text("value").has_value());
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  set(machine, *value);
  return {};
}

}  // namespace

Reply PrivilegesVerb(SimMachine& machine, CommandArguments& arguments) {
  return SetChoice<Privileges>(machine, arguments, kPrivilegeNames, SetPrivileges);
}

Reply ResetPolicyVerb(SimMachine& machine, CommandArguments& arguments) {
  return SetChoice<ResetPolicy>(machine, arguments, kResetPolicyNames, SetResetPolicy);
}

Reply StaleSessionsVerb(SimMachine& machine, CommandArguments& arguments) {
  return SetChoice<bool>(machine, arguments, kSwitchNames, SetStaleSessions);
}

Reply IdleMemoryVerb(SimMachine& machine, CommandArguments& arguments) {
  const auto mib = arguments.RequiredNumber("mib", {0, kMostIdleMiB});
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  SetIdleMemory(machine, static_cast<std::uint32_t>(mib));
  return {};
}

}  // namespace migsim
