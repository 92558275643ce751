// The exported functions about locks.
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"

namespace mig {

// tryLock(path, holder | null): null shares the lock.
Napi::Value Addon::TryLock(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto path = arguments.Next<std::string>();
  const auto holder = arguments.Next<std::optional<std::string>>();
  if (!arguments.ok()) return info.Env().Undefined();
  auto attempt = TryLockFile(path, holder ? LockMode::kExclusive : LockMode::kShared);
  if (attempt.lock) attempt.lock->WriteHolder(holder.value_or(""));
  return KeepLock(info.Env(), attempt);
}

// waitForLock(path, holder | null, callback): {ok: true, value: number of the wait}. The callback
// gets what tryLock would return.
Napi::Value Addon::WaitForLock(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto path = arguments.Next<std::string>();
  const auto holder = arguments.Next<std::optional<std::string>>();
  const auto callback = arguments.Next<Napi::Function>();
  if (!arguments.ok()) return info.Env().Undefined();
  const unsigned int number = ++last_wait_;
  auto* wait = LockCallback::Start(info.Env(), path, holder, callback,
                                   [this, number](Napi::Env env, LockAttempt& attempt) {
                                     waits_.erase(number);
                                     return KeepLock(env, attempt);
                                   });
  if (wait == nullptr) return SystemFailure(info.Env(), EAGAIN, "pthread_create");
  waits_[number] = wait;
  return Success(info.Env(), ToJs(info.Env(), number));
}

// stopWaiting(wait): false when the callback has been or is about to be called.
Napi::Value Addon::StopWaiting(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto found = waits_.find(number);
  const bool stopped = found != waits_.end() && found->second->Stop();
  if (stopped) waits_.erase(found);
  return Napi::Boolean::New(info.Env(), stopped);
}

// releaseLock(lock)
Napi::Value Addon::ReleaseLock(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (arguments.ok()) locks_.erase(number);
  return info.Env().Undefined();
}

Napi::Value Addon::KeepLock(Napi::Env env, LockAttempt& attempt) {
  if (attempt.error != 0) return SystemFailure(env, attempt.error, attempt.call);
  if (!attempt.lock) return Success(env, env.Null());
  const unsigned int number = ++last_lock_;
  locks_.emplace(number, std::move(*attempt.lock));
  return Success(env, ToJs(env, number));
}

}  // namespace mig
