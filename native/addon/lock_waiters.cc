#include "addon/lock_waiters.h"

#include <sys/stat.h>

#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "addon/thread.h"

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
  // By file. An entry exists exactly as long as its thread.
  std::map<std::string, std::deque<Waiter>> queues;
};

Waiters& AllWaiters() {
  static auto& waiters = *new Waiters;
  return waiters;
}

// The mode, the path, and the file that is there now: another file at this path is another lock.
std::string KeyOf(const std::string& path, LockMode mode) {
  const std::string wanted = (mode == LockMode::kShared ? 's' : 'x') + path;
  struct stat file {};
  if (stat(path.c_str(), &file) != 0) return wanted;
  return wanted + '\0' + std::to_string(file.st_dev) + ':' + std::to_string(file.st_ino);
}

bool IsWanted(const std::string& key) {
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  return !waiters.queues[key].empty();
}

// False when no waiter is left; the entry of the thread is then gone, too. An attempt without a
// lock and without an error had no waiters.
bool HandOver(const std::string& key, LockAttempt attempt) {
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  auto& queue = waiters.queues[key];
  const bool is_settled = attempt.lock || attempt.error != 0;
  for (bool taken = !is_settled; !taken && !queue.empty();) {
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
  LockMode mode;
};

bool StartWaiting(const Awaited& file) {
  return StartThread([file] {
    const auto wanted = [&file] { return IsWanted(file.key); };
    while (HandOver(file.key, LockFile(file.path, file.mode, wanted))) {
    }
  });
}

}  // namespace

std::uint64_t WaitForLock(const std::string& path, const std::optional<std::string>& holder,
                          DeliverLock deliver) {
  const LockMode mode = holder ? LockMode::kExclusive : LockMode::kShared;
  const std::string key = KeyOf(path, mode);
  Waiters& waiters = AllWaiters();
  const std::lock_guard<std::mutex> guard(waiters.mutex);
  if (!waiters.queues.contains(key) && !StartWaiting({key, path, mode})) return 0;
  const std::uint64_t number = ++waiters.last_number;
  waiters.queues[key].push_back({number, holder.value_or(""), std::move(deliver)});
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
