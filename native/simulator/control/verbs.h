// What the control language can say. Verbs on the process's set of machines
// read their arguments only; the others act on one machine.
#ifndef MIG_SIMULATOR_CONTROL_VERBS_H_
#define MIG_SIMULATOR_CONTROL_VERBS_H_

#include "simulator/control/arguments.h"
#include "simulator/control/reply.h"
#include "simulator/store/machine.h"

namespace migsim {

Reply create_verb(Arguments& arguments);
Reply open_verb(Arguments& arguments);
Reply close_verb(Arguments& arguments);
Reply models_verb(Arguments& arguments);
Reply functions_verb(Arguments& arguments);

Reply describe_verb(Machine& machine, Arguments& arguments);
Reply root_tree_verb(Machine& machine, Arguments& arguments);

Reply counts_verb(Machine& machine, Arguments& arguments);
Reply reset_counts_verb(Machine& machine, Arguments& arguments);
Reply journal_verb(Machine& machine, Arguments& arguments);

Reply add_process_verb(Machine& machine, Arguments& arguments);
Reply remove_process_verb(Machine& machine, Arguments& arguments);

Reply lose_gpu_verb(Machine& machine, Arguments& arguments);
Reply reset_gpu_verb(Machine& machine, Arguments& arguments);
Reply reboot_verb(Machine& machine, Arguments& arguments);

Reply fail_verb(Machine& machine, Arguments& arguments);
Reply count_call_verb(Machine& machine, Arguments& arguments);
Reply clear_faults_verb(Machine& machine, Arguments& arguments);
Reply latency_verb(Machine& machine, Arguments& arguments);

Reply privileges_verb(Machine& machine, Arguments& arguments);
Reply reset_policy_verb(Machine& machine, Arguments& arguments);
Reply stale_sessions_verb(Machine& machine, Arguments& arguments);
Reply idle_memory_verb(Machine& machine, Arguments& arguments);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_VERBS_H_
