#include "simulator/store/lock.h"

#include <cerrno>
#include <cstdlib>

namespace migsim {

void make_lock(pthread_mutex_t& mutex) {
  pthread_mutexattr_t attributes;
  pthread_mutexattr_init(&attributes);
  pthread_mutexattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
  pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
  pthread_mutex_init(&mutex, &attributes);
  pthread_mutexattr_destroy(&attributes);
}

void lock(pthread_mutex_t& mutex) {
  switch (pthread_mutex_lock(&mutex)) {
    case 0:
      return;
    case EOWNERDEAD:
      // The dead client's changes are complete or not there at all: nothing is left to repair.
      pthread_mutex_consistent(&mutex);
      return;
    default:
      // Going on without the lock would damage a machine that other processes use.
      std::abort();
  }
}

void unlock(pthread_mutex_t& mutex) { pthread_mutex_unlock(&mutex); }

}  // namespace migsim
