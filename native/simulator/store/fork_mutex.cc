#include "simulator/store/fork_mutex.h"

#include <pthread.h>

namespace migsim {
namespace {

constinit std::mutex list_mutex;
constinit ForkMutex* all = nullptr;

}  // namespace

ForkMutex::ForkMutex() {
  static const int handlers = pthread_atfork(lock_all, unlock_all, unlock_all);
  static_cast<void>(handlers);
  const std::lock_guard guard(list_mutex);
  next_ = all;
  all = this;
}

void ForkMutex::lock_all() {
  list_mutex.lock();
  for (ForkMutex* mutex = all; mutex != nullptr; mutex = mutex->next_) mutex->lock();
}

void ForkMutex::unlock_all() {
  for (ForkMutex* mutex = all; mutex != nullptr; mutex = mutex->next_) mutex->unlock();
  list_mutex.unlock();
}

}  // namespace migsim
