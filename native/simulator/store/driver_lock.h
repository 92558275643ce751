// The driver's locks, as clients notice them: a slow call makes other calls wait, in other
// processes, too. They do not protect the store.
#ifndef MIG_SIMULATOR_STORE_DRIVER_LOCK_H_
#define MIG_SIMULATOR_STORE_DRIVER_LOCK_H_

#include <pthread.h>

#include <cstdint>

#include "simulator/model/limits.h"
#include "simulator/store/exported_functions.h"

namespace migsim {

class SimMachine;

// The size of a mutex depends on the architecture, and every architecture reads a store.
struct alignas(64) SharedMutex {
  pthread_mutex_t mutex;
};
static_assert(sizeof(SharedMutex) == 64);

// Part of a machine's memory. The kernel releases a lock when its holder dies.
struct DriverLocks {
  // Held while waiting for `api`, so that a client with many calls overtakes no other.
  SharedMutex turn;
  SharedMutex api;
  SharedMutex gpus[kMaxGpus];
};

void MakeDriverLocks(DriverLocks& locks);

enum class DriverLockKind : std::uint8_t { kNone, kGpu, kMachine };

DriverLockKind DriverLockOf(FunctionId function);

// The locks of one call. The thread that took them must release them.
class DriverLock {
 public:
  DriverLock() = default;
  ~DriverLock();
  DriverLock(const DriverLock&) = delete;
  DriverLock& operator=(const DriverLock&) = delete;

  // Takes the lock, however long that takes. `gpu` is ignored for the whole machine. Without a GPU,
  // the call only waits until no call has the machine alone. False: the machine is being closed.
  bool Take(const SimMachine& machine, DriverLockKind kind, unsigned gpu);

 private:
  static constexpr unsigned kTurn = 0, kApi = 1, kFirstGpu = 2;

  bool WaitFor(const SimMachine& machine, unsigned which);
  void Release(unsigned which);
  pthread_mutex_t& Mutex(unsigned which) const;

  DriverLocks* locks_ = nullptr;
  std::uint64_t held_ = 0;  // one bit each
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_DRIVER_LOCK_H_
