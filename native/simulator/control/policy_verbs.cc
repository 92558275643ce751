// privileges, reset-policy, stale-sessions, idle-memory.
#include "simulator/control/choices.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {
namespace {

// Far more than was ever seen (11 to 49), and less than the smallest instance has.
constexpr std::uint64_t kMostIdleMiB = 1024;

}  // namespace

Reply privileges_verb(Machine& machine, Arguments& arguments) {
  const auto value = arguments.choice<Privileges>("value", kPrivilegeNames);
  arguments.require("value", arguments.text("value").has_value());
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set_privileges(machine, *value);
  return {};
}

Reply reset_policy_verb(Machine& machine, Arguments& arguments) {
  const auto value = arguments.choice<ResetPolicy>("value", kResetPolicyNames);
  arguments.require("value", arguments.text("value").has_value());
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set_reset_policy(machine, *value);
  return {};
}

Reply stale_sessions_verb(Machine& machine, Arguments& arguments) {
  const auto value = arguments.choice<bool>("value", kSwitchNames);
  arguments.require("value", arguments.text("value").has_value());
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set_stale_sessions(machine, *value);
  return {};
}

Reply idle_memory_verb(Machine& machine, Arguments& arguments) {
  const auto mib = arguments.required_number("mib", {0, kMostIdleMiB});
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  set_idle_memory(machine, static_cast<std::uint32_t>(mib));
  return {};
}

}  // namespace migsim
