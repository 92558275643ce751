// The locks of the driver, as far as clients notice them: a call that takes its time keeps others
// waiting, in other processes, too. They protect nothing of the store.
#ifndef MIG_SIMULATOR_STORE_DRIVER_LOCK_H_
#define MIG_SIMULATOR_STORE_DRIVER_LOCK_H_

#include <pthread.h>

#include <cstdint>

#include "simulator/model/limits.h"
#include "simulator/store/exported_functions.h"

namespace migsim {

class SimMachine;

// A mutex has another size on each architecture, and a store is read by all of them.
struct alignas(64) SharedMutex {
  pthread_mutex_t mutex;
};
static_assert(sizeof(SharedMutex) == 64);

// In the memory of a machine. The kernel gives them back when their holder dies.
struct DriverLocks {
  // Held while waiting for `api`: a client that comes again and again overtakes nobody.
  SharedMutex turn;
  SharedMutex api;
  SharedMutex gpus[kMaxGpus];
};

void MakeDriverLocks(DriverLocks& locks);

enum class DriverLockKind : std::uint8_t { kNone, kGpu, kMachine };

DriverLockKind DriverLockOf(FunctionId function);

// What one call holds. To be let go of by the thread that has taken it.
class DriverLock {
 public:
  DriverLock() = default;
  ~DriverLock();
  DriverLock(const DriverLock&) = delete;
  DriverLock& operator=(const DriverLock&) = delete;

  // Waits for it, however long. `gpu` does not matter for the whole machine; without a GPU the
  // call only waits until nobody has the machine alone. False: the machine is being closed.
  bool Take(const SimMachine& machine, DriverLockKind kind, unsigned gpu);

 private:
  static constexpr unsigned kTurn = 0, kApi = 1, kFirstGpu = 2;

  bool WaitFor(const SimMachine& machine, unsigned which);
  void Release(unsigned which);
  pthread_mutex_t& Mutex(unsigned which) const;

  DriverLocks* locks_ = nullptr;
  std::uint64_t held_ = 0;  // a bit for each
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_DRIVER_LOCK_H_
