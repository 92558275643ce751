#include "addon/lock_waiters.h"

#include <pthread.h>
#include <signal.h>
#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <mutex>
#include <utility>

namespace mig {
namespace {

struct Waiter {
  std::uint64_t number;
  std::string holder;
  DeliverLock deliver;
};

// Never destroyed: at exit the threads may still be waiting.
struct Waiters {
  std::mutex mutex;
  std::uint64_t last_number = 0;
  // By file. An entry is there exactly as long as its thread.
  std::map<std::string, std::deque<Waiter>> queues;
};

Waiters& AllWaiters() {
  static auto& waiters = *new Waiters;
  return waiters;
}

// The path, and what lies there now: another file in its place is another lock.
std::string KeyOf(const std::string& path) {
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return path;
  return path + '\0' + std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino);
}

// False when all have gone, and the thread's entry with them.
bool HandOver(const std::string& key, LockAttempt attempt) {
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  auto& queue = waiters.queues[key];
  for (bool taken = false; !taken && !queue.empty();) {
    const Waiter waiter = std::move(queue.front());
    queue.pop_front();
    if (attempt.lock) attempt.lock->WriteHolder(waiter.holder);
    taken = waiter.deliver(attempt);
  }
  if (!queue.empty()) return true;
  waiters.queues.erase(key);
  return false;
}

struct Awaited {
  std::string key;
  std::string path;
};

void* RunThread(void* argument) {
  const std::unique_ptr<Awaited> file(static_cast<Awaited*>(argument));
  while (HandOver(file->key, LockFile(file->path))) {
  }
  return nullptr;
}

bool StartThread(const std::string& key, const std::string& path) {
  auto argument = std::make_unique<Awaited>(Awaited{key, path});
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

}  // namespace

std::uint64_t WaitForLock(const std::string& path, const std::string& holder, DeliverLock deliver) {
  const std::string key = KeyOf(path);
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  if (!waiters.queues.contains(key) && !StartThread(key, path)) return 0;
  const std::uint64_t number = ++waiters.last_number;
  waiters.queues[key].push_back({number, holder, std::move(deliver)});
  return number;
}

bool StopWaiting(std::uint64_t wait) {
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  for (auto& [key, queue] : waiters.queues) {
    const auto found = std::ranges::find(queue, wait, &Waiter::number);
    if (found == queue.end()) continue;
    queue.erase(found);
    return true;
  }
  return false;
}

}  // namespace mig
