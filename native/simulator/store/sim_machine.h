// One simulated machine in memory, private or in a file shared with other
// processes.
#ifndef MIG_SIMULATOR_STORE_SIM_MACHINE_H_
#define MIG_SIMULATOR_STORE_SIM_MACHINE_H_

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "simulator/model/gpu_state.h"
#include "simulator/model/host_shape.h"
#include "simulator/model/limits.h"
#include "simulator/model/machine_spec.h"
#include "simulator/model/processes.h"
#include "simulator/model/uuid.h"
#include "simulator/store/controls.h"
#include "simulator/store/exported_functions.h"
#include "simulator/store/journal.h"
#include "simulator/store/pauses.h"
#include "simulator/store/session_view.h"

namespace migsim {

struct Store;  // the mapped memory: layout.h

class SimMachine;
using Preparation = std::function<std::string(SimMachine&)>;

class SimMachine {
 public:
  // Both return an empty string, or leave `machine` empty and return the problem. An empty path
  // creates a private machine. For Create, the file must not exist yet; for Open, it must have this
  // library's layout and catalog. `prepare` is part of the creation: no other process sees the
  // machine before, and an error of it leaves no machine.
  static std::string Create(const MachineSpec& spec, const std::string& path,
                            std::unique_ptr<SimMachine>& machine, const Preparation& prepare = {});
  static std::string Open(const std::string& path, std::unique_ptr<SimMachine>& machine);
  ~SimMachine();
  SimMachine(const SimMachine&) = delete;
  SimMachine& operator=(const SimMachine&) = delete;

  // Constant properties.
  unsigned gpu_count() const;
  DriverVersion driver() const;
  DriverRules rules() const;
  std::uint64_t seed() const;
  const UuidBytes& GpuUuid(unsigned gpu) const { return gpu_uuids_[gpu]; }
  const HostShape& host() const { return host_; }
  PciAddress PciAddressOf(unsigned gpu) const { return migsim::PciAddressOf(host_, gpu); }
  const std::string& path() const { return path_; }  // empty: private

  std::uint64_t CallCount(FunctionId function) const;
  void CountCall(FunctionId function);
  void ResetCallCounts();

  // Records after sequence number `after`, oldest first, as far as they are still kept.
  std::vector<JournalEntry> Journal(std::uint64_t after) const;

  // NVML sessions of this process. A session that starts while there is none gets a new number,
  // which its handles carry; 0 while there is none. A reboot of the machine ends them all.
  void BeginSession();
  bool EndSession();  // false: there was none since the last boot
  std::uint32_t session() const;

  // Whether the session has never seen the GPU, because it drained at the session's beginning.
  bool SessionHides(unsigned gpu) const {
    return (hidden_gpus_.load(std::memory_order_relaxed) >> gpu & 1) != 0;
  }

  // Only under the store's lock. Null if the session sees the current state.
  SessionView* session_view() const { return session_view_.get(); }

  // For the child after a fork: sessions do not continue there, and another thread may have held
  // the lock.
  void ForgetParent();

  // Slow calls wait here.
  const Pauses& pauses() const { return pauses_; }
  // Ends the waits inside calls of this process.
  void EndPauses() { pauses_.EndAll(); }

  Store& store() const { return *store_.load(std::memory_order_acquire); }
  // The locked store. If the lock is damaged, the machine is broken: this process continues with a
  // copy of its own and leaves the shared machine alone.
  Store& LockedStore() const;
  // The problem; empty for a machine that is not broken.
  std::string breakage() const;
  bool broken() const { return broken_.load(std::memory_order_relaxed) != nullptr; }

 private:
  SimMachine(Store* store, std::string path);

  std::uint32_t DrainingGpus() const;
  void RenewSessionView();
  void Abandon(Store& store) const;

  mutable std::atomic<Store*> store_;
  mutable std::atomic<Store*> broken_ = nullptr;  // the machine's previous store
  std::string path_;
  const HostShape& host_;
  std::unique_ptr<SessionView> session_view_;
  std::array<UuidBytes, kMaxGpus> gpu_uuids_;  // nearly every lookup needs them
  std::uint32_t sessions_ = 0;                 // changed under one mutex, with the word below
  // The number of the session; the upper half has the number of its boot.
  std::atomic<std::uint64_t> session_ = 0;
  Pauses pauses_;
  std::atomic<std::uint32_t> hidden_gpus_ = 0;  // a bit for each GPU
  static_assert(kMaxGpus <= 32);
  std::uint64_t ended_in_boot_ = 0;  // one more than the boot in which the last session ended
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_SIM_MACHINE_H_
