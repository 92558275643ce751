// What the environment says about this process as a caller:
// MIG_SIMULATOR_PRIVILEGES can lower its privileges below the machine's,
// MIG_SIMULATOR_STEERING=off keeps faults and latencies from it.
#ifndef MIG_SIMULATOR_NVML_CALLER_H_
#define MIG_SIMULATOR_NVML_CALLER_H_

#include <string>

#include "simulator/model/machine_spec.h"

namespace migsim {

// What a caller in this process may do on a machine that lets callers do
// `granted`.
Privileges CallerPrivileges(Privileges granted);

// Whether faults and latencies touch the calls of this process, and its calls
// count against faults.
bool CallerIsSteered();

// What is wrong with the variables; empty when nothing is.
std::string CallerError();

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_CALLER_H_
