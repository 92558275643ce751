#include "simulator/nvml/gate.h"

#include <chrono>
#include <thread>

#include "simulator/nvml/caller.h"
#include "simulator/store/steering.h"

namespace migsim {
namespace {

using namespace nvml_abi;

thread_local unsigned machine_of_thread = kEnvironmentMachine;

}  // namespace

unsigned selected_machine() { return machine_of_thread; }

Gate::Gate(FunctionId function, unsigned machine_number, Session session)
    : function_(function), machine_number_(machine_number), refusal_(pass(session)) {}

nvmlReturn_t Gate::pass(Session session) {
  machine_.emplace(machine_number_);
  if (!*machine_) return NVML_ERROR_UNINITIALIZED;
  if (machine().broken()) return NVML_ERROR_UNKNOWN;
  machine().count_call(function_);
  if (!driver_has(machine().driver(), function_)) return NVML_ERROR_FUNCTION_NOT_FOUND;
  if (session == Session::kNeeded && machine().session() == 0) return NVML_ERROR_UNINITIALIZED;
  if (!caller_is_steered()) return NVML_SUCCESS;
  const Steering steering = steer(machine(), function_);
  if (steering.hang_ms != 0) {
    hang(steering.hang_ms);
    if (!*machine_) return NVML_ERROR_UNINITIALIZED;
    if (session == Session::kNeeded && machine().session() == 0) return NVML_ERROR_UNINITIALIZED;
  }
  if (!steering.result) return NVML_SUCCESS;
  struck_ = true;
  return static_cast<nvmlReturn_t>(*steering.result);
}

// Not while the machine is pinned: it must be possible to close it.
void Gate::hang(unsigned ms) {
  machine_.reset();
  std::this_thread::sleep_for(std::chrono::milliseconds(ms));
  machine_.emplace(machine_number_);
}

Gate::~Gate() {
  if (!machine_ || !*machine_ || !caller_is_steered()) return;
  const auto time = std::chrono::microseconds(latency_us(machine(), function_, slices_));
  if (time.count() == 0) return;
  machine_.reset();
  std::this_thread::sleep_for(time);
}

}  // namespace migsim

void nvml_abi::migsim_select_machine(unsigned int number) { migsim::machine_of_thread = number; }
