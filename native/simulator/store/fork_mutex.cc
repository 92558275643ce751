#include "simulator/store/fork_mutex.h"

#include <pthread.h>

namespace migsim {
namespace {

constinit std::mutex list_mutex;
constinit ForkMutex* all = nullptr;

}  // namespace

ForkMutex::ForkMutex() {
  static const int handlers = pthread_atfork(LockAll, UnlockAll, UnlockAll);
  static_cast<void>(handlers);
  const std::lock_guard guard(list_mutex);
  next_ = all;
  all = this;
}

void ForkMutex::LockAll() {
  list_mutex.lock();
  for (ForkMutex* mutex = all; mutex != nullptr; mutex = mutex->next_) mutex->lock();
}

void ForkMutex::UnlockAll() {
  for (ForkMutex* mutex = all; mutex != nullptr; mutex = mutex->next_) mutex->unlock();
  list_mutex.unlock();
}

}  // namespace migsim
