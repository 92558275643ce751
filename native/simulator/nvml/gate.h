// What every exported function passes first: it finds the machine, counts the call, hides functions
// that the driver does not have yet, wants an NVML session, and lets injected faults strike. It
// takes the lock that the driver takes, and holds it for the time that the call hangs or takes.
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
  // `gpu`: which one the call is about, for those that lock one alone.
  Gate(FunctionId function, unsigned machine_number, SessionNeed session = SessionNeed::kNeeded,
       unsigned gpu = kNoGpu);
  ~Gate();
  Gate(const Gate&) = delete;
  Gate& operator=(const Gate&) = delete;

  // The call does not go on, and answers this: why it cannot be made, or what an injected fault
  // says. That may be NVML_SUCCESS, of a call that does nothing.
  bool answered() const { return answer_.has_value(); }
  abi::nvmlReturn_t answer() const { return *answer_; }
  // The answer is an injected fault.
  bool struck() const { return struck_; }

  // Both only where not answered, or struck.
  SimMachine& machine() const { return *machine_; }
  unsigned machine_number() const { return machine_number_; }

  // Of the GPU instance that the call creates or destroys: its size decides how long that takes.
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
