// What a machine's controls do to one call: faults and latencies.
#ifndef MIG_SIMULATOR_STORE_STEERING_H_
#define MIG_SIMULATOR_STORE_STEERING_H_

#include <cstdint>
#include <optional>

#include "simulator/store/sim_machine.h"

namespace migsim {

struct Steering {
  std::uint32_t hang_ms = 0;
  std::optional<std::int32_t> result;  // the call answers this and does nothing
};

// Counts this call against the faults, and journals it if one of them was waiting for it.
Steering Steer(SimMachine& machine, FunctionId function);

// The duration of the call. `slices`: the size of the GPU instance that it creates or destroys,
// otherwise 0.
std::uint32_t LatencyUs(const SimMachine& machine, FunctionId function, unsigned slices);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_STEERING_H_
