// Brings a lock from the thread that waited for it to the JavaScript function that wants it.
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

  // Null when no thread could be had. Keeps the event loop alive; owns itself, and goes when the
  // callback has been called, when the wait is stopped, or when the environment ends.
  static LockCallback* Start(Napi::Env env, const std::string& path,
                             const std::optional<std::string>& holder, Napi::Function callback,
                             Receive receive);

  // False: the callback is about to be called. Otherwise it will not be, and this object is gone.
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
