// The privileges of this process, which MIG_SIMULATOR_PRIVILEGES can lower below the machine's.
#ifndef MIG_SIMULATOR_NVML_CALLER_H_
#define MIG_SIMULATOR_NVML_CALLER_H_

#include <string>

#include "simulator/model/machine_spec.h"

namespace migsim {

// What a caller in this process may do on a machine that lets callers do `granted`.
Privileges caller_privileges(Privileges granted);

// What is wrong with the variable; empty when nothing is.
std::string caller_error();

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_CALLER_H_
