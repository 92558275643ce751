// Runs commands.
#ifndef MIG_SIMULATOR_CONTROL_RUN_H_
#define MIG_SIMULATOR_CONTROL_RUN_H_

#include <string_view>

#include "simulator/control/reply.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

// Runs any command. A command on a machine acts on that of machine=, otherwise on the
// environment's.
Reply RunCommand(std::string_view text);

// Runs only commands on a machine, and only on this one.
Reply RunOnMachine(SimMachine& machine, std::string_view text);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_RUN_H_
