// One simulated machine in memory, private or in a file shared with other processes.
#ifndef MIG_SIMULATOR_STORE_MACHINE_H_
#define MIG_SIMULATOR_STORE_MACHINE_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "simulator/model/gpu_state.h"
#include "simulator/model/machine_spec.h"
#include "simulator/model/processes.h"
#include "simulator/store/controls.h"
#include "simulator/store/functions.h"
#include "simulator/store/journal.h"

namespace migsim {

struct Store;  // the mapped memory: layout.h

class Machine {
 public:
  // Both leave `machine` empty and return what went wrong, or return an empty string. An empty path
  // makes a private machine; a file must not exist yet for create, and must be of this library's
  // layout and catalog for open.
  static std::string create(const MachineSpec& spec, const std::string& path,
                            std::unique_ptr<Machine>& machine);
  static std::string open(const std::string& path, std::unique_ptr<Machine>& machine);
  ~Machine();
  Machine(const Machine&) = delete;
  Machine& operator=(const Machine&) = delete;

  // What never changes.
  unsigned gpu_count() const;
  DriverVersion driver() const;
  std::uint64_t seed() const;
  const std::string& path() const { return path_; }  // empty: private

  std::uint64_t call_count(FunctionId function) const;
  void count_call(FunctionId function);
  void reset_call_counts();

  // Records after sequence number `after`, oldest first, as far as they are still kept.
  std::vector<JournalRecord> journal(std::uint64_t after) const;

  // NVML sessions of this process. Every session that starts from none has a new number, which its
  // handles carry; 0 while there is none.
  void begin_session();
  bool end_session();  // false: there is none
  std::uint32_t session() const { return session_.load(std::memory_order_acquire); }

  // In the child after a fork, where sessions do not go on and another thread may have held the
  // lock.
  void forget_parent();

  Store& store() const { return *store_; }

 private:
  Machine(Store* store, std::string path);

  Store* store_;
  std::string path_;
  std::atomic<std::uint32_t> sessions_ = 0;
  std::atomic<std::uint32_t> session_ = 0;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_MACHINE_H_
