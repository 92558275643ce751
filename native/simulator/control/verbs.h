// The verbs of the control language. Verbs on the process's set of machines only take arguments;
// the others also take one machine.
#ifndef MIG_SIMULATOR_CONTROL_VERBS_H_
#define MIG_SIMULATOR_CONTROL_VERBS_H_

#include "simulator/control/command_arguments.h"
#include "simulator/control/reply.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

Reply CreateVerb(CommandArguments& arguments);
Reply OpenVerb(CommandArguments& arguments);
Reply CloseVerb(CommandArguments& arguments);
Reply ModelsVerb(CommandArguments& arguments);
Reply FunctionsVerb(CommandArguments& arguments);

Reply DescribeVerb(SimMachine& machine, CommandArguments& arguments);
Reply RootTreeVerb(SimMachine& machine, CommandArguments& arguments);

Reply CountsVerb(SimMachine& machine, CommandArguments& arguments);
Reply ResetCountsVerb(SimMachine& machine, CommandArguments& arguments);
Reply JournalVerb(SimMachine& machine, CommandArguments& arguments);

Reply AddProcessVerb(SimMachine& machine, CommandArguments& arguments);
Reply RemoveProcessVerb(SimMachine& machine, CommandArguments& arguments);

Reply LoseGpuVerb(SimMachine& machine, CommandArguments& arguments);
Reply RaiseXidVerb(SimMachine& machine, CommandArguments& arguments);
Reply ResetGpuVerb(SimMachine& machine, CommandArguments& arguments);
Reply RequestModeVerb(SimMachine& machine, CommandArguments& arguments);
Reply RebootVerb(SimMachine& machine, CommandArguments& arguments);
Reply UnloadDriverVerb(SimMachine& machine, CommandArguments& arguments);
Reply LoadDriverVerb(SimMachine& machine, CommandArguments& arguments);

Reply FailVerb(SimMachine& machine, CommandArguments& arguments);
Reply CountCallVerb(SimMachine& machine, CommandArguments& arguments);
Reply ClearFaultsVerb(SimMachine& machine, CommandArguments& arguments);
Reply LatencyVerb(SimMachine& machine, CommandArguments& arguments);

Reply PrivilegesVerb(SimMachine& machine, CommandArguments& arguments);
Reply ResetPolicyVerb(SimMachine& machine, CommandArguments& arguments);
Reply StaleSessionsVerb(SimMachine& machine, CommandArguments& arguments);
Reply IdleMemoryVerb(SimMachine& machine, CommandArguments& arguments);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_VERBS_H_
