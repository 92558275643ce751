// The settings of a machine that affect its calls: privileges, reset policy, injected faults,
// latencies.
#ifndef MIG_SIMULATOR_STORE_CONTROLS_H_
#define MIG_SIMULATOR_STORE_CONTROLS_H_

#include <cstdint>

#include "simulator/model/machine_spec.h"
#include "simulator/store/exported_functions.h"

namespace migsim {

inline constexpr unsigned kMaxFaults = 64;
inline constexpr unsigned kFaultNameSize = 96;
inline constexpr std::int32_t kAnswersAsUsual = -1;

struct Fault {
  char function[kFaultNameSize];  // without a version suffix; ends with a zero
  std::uint32_t calls_before;     // calls that still answer as usual
  std::uint32_t calls_left;       // calls that fail after those
  std::int32_t result;            // nvmlReturn_t, or kAnswersAsUsual
  std::uint32_t hang_ms;          // before the answer
};

// Published times of creating and destroying instances, by compute slices.
enum class LatencyPreset : std::uint8_t { kNone, kA100, kH100 };

struct Controls {
  Privileges privileges;
  ResetPolicy reset_policy;
  LatencyPreset latency_preset;
  // Not 0: NVML sessions keep seeing the MIG devices of their beginning. Not a bool, because a
  // damaged file could give it an invalid value.
  std::uint8_t stale_sessions;
  std::uint8_t driver_unloaded;   // not 0: the kernel module is not loaded
  std::uint32_t idle_memory_mib;  // memory in use in an instance without any process
  std::uint32_t fault_count;
  Fault faults[kMaxFaults];
  std::uint32_t latency_us[kFunctionSlots];
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_CONTROLS_H_
