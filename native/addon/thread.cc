#include "addon/thread.h"

#include <pthread.h>
#include <signal.h>

#include <memory>
#include <utility>

namespace mig {
namespace {

using Work = std::function<void()>;

void* RunThread(void* argument) {
  const std::unique_ptr<Work> work(static_cast<Work*>(argument));
  (*work)();
  return nullptr;
}

}  // namespace

bool StartThread(Work work) {
  auto argument = std::make_unique<Work>(std::move(work));
  // Signals are for Node's own threads.
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  pthread_t thread;
  const int error = pthread_create(&thread, nullptr, RunThread, argument.get());
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  if (error != 0) return false;
  pthread_detach(thread);
  argument.release();
  return true;
}

}  // namespace mig
