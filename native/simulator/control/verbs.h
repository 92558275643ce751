// What the control language can say. Verbs on the process's set of machines
// read their arguments only; the others act on one machine.
#ifndef MIG_SIMULATOR_CONTROL_VERBS_H_
#define MIG_SIMULATOR_CONTROL_VERBS_H_

#include "simulator/control/arguments.h"
#include "simulator/control/reply.h"
#include "simulator/store/machine.h"

namespace migsim {

Reply CreateVerb(Arguments& arguments);
Reply OpenVerb(Arguments& arguments);
Reply CloseVerb(Arguments& arguments);
Reply ModelsVerb(Arguments& arguments);
Reply FunctionsVerb(Arguments& arguments);

Reply DescribeVerb(Machine& machine, Arguments& arguments);
Reply RootTreeVerb(Machine& machine, Arguments& arguments);

Reply CountsVerb(Machine& machine, Arguments& arguments);
Reply ResetCountsVerb(Machine& machine, Arguments& arguments);
Reply JournalVerb(Machine& machine, Arguments& arguments);

Reply AddProcessVerb(Machine& machine, Arguments& arguments);
Reply RemoveProcessVerb(Machine& machine, Arguments& arguments);

Reply LoseGpuVerb(Machine& machine, Arguments& arguments);
Reply ResetGpuVerb(Machine& machine, Arguments& arguments);
Reply RebootVerb(Machine& machine, Arguments& arguments);

Reply FailVerb(Machine& machine, Arguments& arguments);
Reply CountCallVerb(Machine& machine, Arguments& arguments);
Reply ClearFaultsVerb(Machine& machine, Arguments& arguments);
Reply LatencyVerb(Machine& machine, Arguments& arguments);

Reply PrivilegesVerb(Machine& machine, Arguments& arguments);
Reply ResetPolicyVerb(Machine& machine, Arguments& arguments);
Reply StaleSessionsVerb(Machine& machine, Arguments& arguments);
Reply IdleMemoryVerb(Machine& machine, Arguments& arguments);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_VERBS_H_
