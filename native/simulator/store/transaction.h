// Reading and changing a machine. Both hold its lock, so they must be short and must not nest.
#ifndef MIG_SIMULATOR_STORE_TRANSACTION_H_
#define MIG_SIMULATOR_STORE_TRANSACTION_H_

#include <cstdint>

#include "simulator/store/event_ring.h"
#include "simulator/store/session_view.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

struct Ledger;

// The current state, or the view of this process's session.
enum class Sight : bool { kLive, kOfSession };

class Reading {
 public:
  explicit Reading(const SimMachine& machine, Sight sight = Sight::kLive);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const GpuState& Gpu(unsigned index) const;
  const ProcessTable& processes() const;
  const Controls& controls() const;
  const Ledger& ledger() const;
  std::uint32_t enumeration() const;
  DriverVersion driver() const;

 protected:
  Store& store_;
  std::uint64_t live_;  // which copy of each section is the live one

 private:
  SessionView* view_;  // null: the current state
};

// Changes go to shadow copies. Commit() makes all of them live with one store, so that a process
// killed at any point leaves the machine as before or as after the change. Without Commit() nothing
// changes. Reads through a transaction see its own changes.
class Transaction : public Reading {
 public:
  explicit Transaction(const SimMachine& machine) : Reading(machine) {}

  GpuState& ChangeGpu(unsigned index);
  ProcessTable& ChangeProcesses();
  Controls& ChangeControls();
  std::uint32_t NextGeneration();
  // Every NVML session on the machine ends.
  void EndSessions();

  // Whether it creates or destroys an instance of a GPU that stays bound to the driver.
  bool ChangesInstances(unsigned gpu) const;

  // Voids all earlier handles.
  void RenumberGpus();

  // Fills in the sequence number and the pid.
  void Record(JournalRecord record);
  // The record of an added process, with its name.
  void RecordNamed(JournalRecord record, const char (&name)[kProcessNameSize]);
  void Raise(Event event);

  void Commit();

 private:
  Ledger& ChangeLedger();

  bool raised_ = false;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_TRANSACTION_H_
