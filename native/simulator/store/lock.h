// The lock of a machine: a mutex in its memory that outlives the death of whoever holds it.
#ifndef MIG_SIMULATOR_STORE_LOCK_H_
#define MIG_SIMULATOR_STORE_LOCK_H_

#include <pthread.h>

namespace migsim {

void MakeLock(pthread_mutex_t& mutex);

enum class LockAttempt { kTaken, kHeld, kDamaged };

// Waits for that long at most.
LockAttempt LockFor(pthread_mutex_t& mutex, unsigned timeout_ms);
// The memory may be a file that somebody has damaged: false when it holds no lock, or one that is
// not released in time. Any call holds it for microseconds.
bool LockWithin(pthread_mutex_t& mutex, unsigned timeout_ms);
void Unlock(pthread_mutex_t& mutex);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_LOCK_H_
