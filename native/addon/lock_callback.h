// Passes a lock from the thread that waited for it to a JavaScript function.
#ifndef MIG_ADDON_LOCK_CALLBACK_H_
#define MIG_ADDON_LOCK_CALLBACK_H_

#include <napi.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "addon/file_lock.h"

namespace mig {

class LockCallback {
 public:
  // On the JavaScript thread: turns the attempt into the callback's argument.
  using Receive = std::function<Napi::Value(Napi::Env, LockAttempt&)>;

  // Null if no thread could be started. Keeps the event loop alive. Owns itself, and ends when the
  // callback has been called, when the wait is stopped, or when the environment ends.
  static LockCallback* Start(Napi::Env env, const std::string& path,
                             const std::optional<std::string>& holder, Napi::Function callback,
                             Receive receive);

  // False: the callback is about to be called. True: it will not be called, and this object is
  // gone.
  bool Stop();

 private:
  static void CallJs(Napi::Env env, Napi::Function callback, LockCallback* self,
                     LockAttempt* attempt);
  using ThreadSafe =
      Napi::TypedThreadSafeFunction<LockCallback, LockAttempt, &LockCallback::CallJs>;

  explicit LockCallback(Receive receive) : receive_(std::move(receive)) {}

  Receive receive_;
  ThreadSafe function_;
  std::uint64_t wait_ = 0;
};

}  // namespace mig

#endif  // MIG_ADDON_LOCK_CALLBACK_H_
