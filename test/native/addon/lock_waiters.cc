// Two waiters of one process for the lock on a file. The first cannot take it, as one whose worker
// ends, and gives it back. Prints which waiter the file names, whether the lock is held then, and
// whether it is free once that waiter lets go of it.
#include "addon/lock_waiters.h"

#include <cstdio>
#include <fstream>
#include <future>
#include <memory>
#include <string>
#include <utility>

int main(int, char** arguments) {
  const std::string path = arguments[1];
  const auto is_free = [&path] {
    return mig::TryLockFile(path, mig::LockMode::kExclusive).lock.has_value();
  };

  mig::LockAttempt held = mig::TryLockFile(path, mig::LockMode::kExclusive);
  mig::WaitForLock(path, "first", [](mig::LockAttempt& attempt) {
    auto carried = std::make_unique<mig::LockAttempt>(std::move(attempt));
    attempt = std::move(*carried);
    return false;
  });
  std::promise<mig::LockAttempt> given;
  mig::WaitForLock(path, "second", [&given](mig::LockAttempt& attempt) {
    given.set_value(std::move(attempt));
    return true;
  });
  held.lock.reset();

  mig::LockAttempt taken = given.get_future().get();
  std::string holder;
  std::ifstream(path) >> holder;
  std::printf("%s %d", holder.c_str(), is_free());
  taken.lock.reset();
  std::printf(" %d\n", is_free());
}
