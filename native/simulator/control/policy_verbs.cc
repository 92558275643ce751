// privileges, reset-policy.
#include "simulator/control/choices.h"
#include "simulator/control/verbs.h"
#include "simulator/store/operations.h"

namespace migsim {

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

}  // namespace migsim
