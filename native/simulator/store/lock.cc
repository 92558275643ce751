#include "simulator/store/lock.h"

#include <algorithm>
#include <cerrno>
#include <ctime>

namespace migsim {

void MakeLock(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

namespace {

MutexAttempt AttemptOf(pthread_mutex_t& mutex, int result) {
  // The dead client's changes are complete or absent: there is nothing to repair.
  if (result == EOWNERDEAD) result = pthread_mutex_consistent(&mutex);
  if (result == 0) return MutexAttempt::kTaken;
  return result == ETIMEDOUT ? MutexAttempt::kHeld : MutexAttempt::kDamaged;
}

// The C library acts on the kind, and aborts on unknown ones.
bool IsOfOurKind([[maybe_unused]] const pthread_mutex_t& mutex) {
#ifdef __GLIBC__
  static const int kind = [] {
    pthread_mutex_t ours = {};
    MakeLock(ours);
    const int made = ours.__data.__kind;
    pthread_mutex_destroy(&ours);
    return made;
  }();
  return mutex.__data.__kind == kind;
#else
  return true;
#endif
}

timespec AfterMs(unsigned milliseconds) {
  timespec end = {};
  clock_gettime(CLOCK_REALTIME, &end);
  end.tv_sec += milliseconds / 1000;
  end.tv_nsec += milliseconds % 1000 * 1'000'000L;
  if (end.tv_nsec >= 1'000'000'000L) {
    end.tv_nsec -= 1'000'000'000L;
    ++end.tv_sec;
  }
  return end;
}

}  // namespace

MutexAttempt LockFor(pthread_mutex_t& mutex, unsigned timeout_ms) {
  if (!IsOfOurKind(mutex)) return MutexAttempt::kDamaged;
  if (const int result = pthread_mutex_trylock(&mutex); result != EBUSY) {
    return AttemptOf(mutex, result);
  }
  // Waits in small steps. If all processes stop for a while, or the clock is set, that costs only
  // one of many steps, and the holder of the lock has the rest of the time to continue.
  constexpr unsigned kStepMs = 100;
  int result = ETIMEDOUT;
  for (unsigned waited = 0; result == ETIMEDOUT && waited < timeout_ms; waited += kStepMs) {
    const timespec end = AfterMs(std::min(kStepMs, timeout_ms - waited));
    result = pthread_mutex_timedlock(&mutex, &end);
  }
  return AttemptOf(mutex, result);
}

bool LockWithin(pthread_mutex_t& mutex, unsigned timeout_ms) {
  return LockFor(mutex, timeout_ms) == MutexAttempt::kTaken;
}

void Unlock(pthread_mutex_t& mutex) { pthread_mutex_unlock(&mutex); }

}  // namespace migsim
