// What every exported function passes first: it finds the machine, counts the call, hides functions
// that the driver does not have yet, wants an NVML session, and lets injected faults strike. At the
// end of the call it takes the time that is set for it.
#ifndef MIG_SIMULATOR_NVML_GATE_H_
#define MIG_SIMULATOR_NVML_GATE_H_

#include <optional>

#include "simulator/nvml/exports.h"
#include "simulator/store/functions.h"
#include "simulator/store/registry.h"

namespace migsim {

// The machine of the calling thread.
unsigned selected_machine();

enum class Session : bool { kNotNeeded, kNeeded };

class Gate {
 public:
  Gate(FunctionId function, unsigned machine_number, Session session = Session::kNeeded);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // NVML_SUCCESS lets the call go on.
  nvml_abi::nvmlReturn_t refusal() const { return refusal_; }
  bool refused() const { return refusal_ != nvml_abi::NVML_SUCCESS; }
  // The refusal is an injected fault.
  bool struck() const { return struck_; }

  // Both only where not refused, or struck.
  Machine& machine() const { return **machine_; }
  unsigned machine_number() const { return machine_number_; }

  // Of the GPU instance that the call creates or destroys: its size decides how long that takes.
  void set_slices(unsigned slices) { slices_ = slices; }

 private:
  nvml_abi::nvmlReturn_t pass(Session session);
  void hang(unsigned ms);

  FunctionId function_;
  unsigned machine_number_;
  std::optional<PinnedMachine> machine_;
  bool struck_ = false;
  unsigned slices_ = 0;
  nvml_abi::nvmlReturn_t refusal_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_GATE_H_
