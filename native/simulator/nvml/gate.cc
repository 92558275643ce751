#include "simulator/nvml/gate.h"

#include <chrono>

#include "simulator/nvml/caller.h"
#include "simulator/store/layout.h"
#include "simulator/store/steering.h"

namespace migsim {
namespace {

thread_local unsigned machine_of_thread = kEnvironmentMachine;

bool WasEverSteered(const SimMachine& machine) {
  return machine.store().ever_steered.load(std::memory_order_acquire) != 0;
}

}  // namespace

unsigned SelectedMachine() { return machine_of_thread; }

Gate::Gate(FunctionId function, unsigned machine_number, SessionNeed session, unsigned gpu)
    : function_(function),
      machine_number_(machine_number),
      machine_(machine_number),
      answer_(Pass(session, gpu)) {}

std::optional<abi::nvmlReturn_t> Gate::Pass(SessionNeed session, unsigned gpu) {
  if (!machine_) return abi::NVML_ERROR_UNINITIALIZED;
  if (machine().broken()) return abi::NVML_ERROR_UNKNOWN;
  machine().CountCall(function_);
  if (!DriverHas(machine().driver(), function_)) return abi::NVML_ERROR_FUNCTION_NOT_FOUND;
  const bool needs_session = session == SessionNeed::kNeeded;
  if (needs_session && machine().session() == 0) return abi::NVML_ERROR_UNINITIALIZED;
  if (!CallerIsSteered() || !WasEverSteered(machine())) return std::nullopt;
  const Steering steering = Steer(machine(), function_);
  // An injected answer comes on the way to the driver, unless the call hangs before.
  if (!steering.result || steering.hang_ms != 0) {
    if (!EnterDriver(session, gpu, steering.hang_ms)) return abi::NVML_ERROR_UNINITIALIZED;
    if (needs_session && machine().session() == 0) return abi::NVML_ERROR_UNINITIALIZED;
  }
  if (!steering.result) return std::nullopt;
  struck_ = true;
  return static_cast<abi::nvmlReturn_t>(*steering.result);
}

// False: the machine is being closed.
bool Gate::EnterDriver(SessionNeed session, unsigned gpu, unsigned hang_ms) {
  // The library alone counts further calls of nvmlInit on an open session.
  const bool joins = session == SessionNeed::kNotNeeded && machine().session() != 0;
  const auto kind = joins ? DriverLockKind::kNone : DriverLockOf(function_);
  return lock_.Take(machine(), kind, gpu) &&
         machine().pauses().Pause(std::chrono::milliseconds(hang_ms));
}

Gate::~Gate() {
  if (!machine_ || !CallerIsSteered()) return;
  const auto time = std::chrono::microseconds(LatencyUs(machine(), function_, slices_));
  if (time.count() != 0) machine().pauses().Pause(time);
}

MIGSIM_EXPORT void migsim_select_machine(unsigned int number) { machine_of_thread = number; }

}  // namespace migsim
