// The lock of a machine: a mutex in its memory that outlives its holder.
#ifndef MIG_SIMULATOR_STORE_LOCK_H_
#define MIG_SIMULATOR_STORE_LOCK_H_

#include <pthread.h>

namespace migsim {

void MakeLock(pthread_mutex_t& mutex);

enum class MutexAttempt { kTaken, kHeld, kDamaged };

// Waits for at most that time.
MutexAttempt LockFor(pthread_mutex_t& mutex, unsigned timeout_ms);
// The memory may be a damaged file: false when it holds no valid lock, or the lock is not released
// in time. Calls hold it for microseconds.
bool LockWithin(pthread_mutex_t& mutex, unsigned timeout_ms);
void Unlock(pthread_mutex_t& mutex);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_LOCK_H_
