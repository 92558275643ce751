// Every exported function passes this first. It finds the machine, counts the call, hides functions
// that the driver lacks, requires an NVML session, and applies injected faults. It takes the
// driver's lock and holds it while the call hangs or takes its time.
#ifndef MIG_SIMULATOR_NVML_GATE_H_
#define MIG_SIMULATOR_NVML_GATE_H_

#include <optional>

#include "simulator/nvml/exports.h"
#include "simulator/store/driver_lock.h"
#include "simulator/store/exported_functions.h"
#include "simulator/store/registry.h"

namespace migsim {

// The machine of the calling thread.
unsigned SelectedMachine();

enum class SessionNeed : bool { kNotNeeded, kNeeded };

inline constexpr unsigned kNoGpu = kMaxGpus;

class Gate {
 public:
  // `gpu`: the GPU of the call, for functions that lock only that one.
  Gate(FunctionId function, unsigned machine_number, SessionNeed session = SessionNeed::kNeeded,
       unsigned gpu = kNoGpu);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // The call ends here with this answer: the reason why it fails, or that of an injected fault. It
  // may be NVML_SUCCESS, for a call that does nothing.
  bool answered() const { return answer_.has_value(); }
  abi::nvmlReturn_t answer() const { return *answer_; }
  // An injected fault gives the answer.
  bool struck() const { return struck_; }

  // Both are valid only if the gate has no answer, or a fault struck.
  SimMachine& machine() const { return *machine_; }
  unsigned machine_number() const { return machine_number_; }

  // The size of the GPU instance that the call creates or destroys: it decides how long that takes.
  void set_slices(unsigned slices) { slices_ = slices; }

 private:
  std::optional<abi::nvmlReturn_t> Pass(SessionNeed session, unsigned gpu);
  bool EnterDriver(SessionNeed session, unsigned gpu, unsigned hang_ms);

  FunctionId function_;
  unsigned machine_number_;
  PinnedMachine machine_;
  DriverLock lock_;
  bool struck_ = false;
  unsigned slices_ = 0;
  std::optional<abi::nvmlReturn_t> answer_;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_GATE_H_
