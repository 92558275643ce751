// Reading and changing a machine. Both hold its lock, so they must be short and
// must not nest.
#ifndef MIG_SIMULATOR_STORE_TRANSACTION_H_
#define MIG_SIMULATOR_STORE_TRANSACTION_H_

#include <cstdint>

#include "simulator/store/events.h"
#include "simulator/store/machine.h"
#include "simulator/store/session_view.h"

namespace migsim {

struct Ledger;

// As everybody sees the machine, or as the session of this process does.
enum class Sight : bool { kLive, kOfSession };

class Reading {
 public:
  explicit Reading(const Machine& machine, Sight sight = Sight::kLive);
  ~Reading();
  Reading(const Reading&) = delete;
  Reading& operator=(const Reading&) = delete;

  const GpuState& gpu(unsigned index) const;
  const ProcessTable& processes() const;
  const Controls& controls() const;
  const Ledger& ledger() const;
  std::uint32_t enumeration() const;
  DriverVersion driver() const;

 protected:
  Store& store_;
  std::uint64_t live_;  // which copy of each section is the live one

 private:
  SessionView* view_;  // null: what is live
};

// Changes go to shadow copies; commit() makes all of them live with one store,
// so that a process killed anywhere leaves the machine as it was before or as
// it is after. Without commit() nothing changes. Reads through a transaction
// see its own changes.
class Transaction : public Reading {
 public:
  explicit Transaction(const Machine& machine) : Reading(machine) {}

  GpuState& change_gpu(unsigned index);
  ProcessTable& change_processes();
  Controls& change_controls();
  std::uint32_t next_generation();
  // The machine starts anew: every NVML session on it is over.
  void reboot();

  // Whether it creates or destroys an instance of a GPU that the driver goes on knowing.
  bool changes_instances(unsigned gpu) const;

  // All handles of before are void.
  void renumber_gpus();

  // Sequence numbers and the pid are filled in.
  void record(JournalRecord record);
  // The record of an added process, with its name.
  void record_named(JournalRecord record, const char (&name)[kProcessNameSize]);
  void raise(Event event);

  void commit();

 private:
  Ledger& change_ledger();

  bool raised_ = false;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_TRANSACTION_H_
