#include "addon/lock_callback.h"

#include <memory>
#include <utility>

#include "addon/lock_waiters.h"

namespace mig {

LockCallback* LockCallback::Start(Napi::Env env, const std::string& path,
                                  const std::optional<std::string>& holder, Napi::Function callback,
                                  Receive receive) {
  auto* self = new LockCallback(std::move(receive));
  // If the environment ends first, its functions are freed while our thread may be about to call
  // one. The finalizer runs before that, and removes the wait from the thread's list.
  self->function_ = ThreadSafe::New(env, callback, "mig_nvml lock", 0, 1, self,
                                    [](Napi::Env, void*, LockCallback* finished) {
                                      StopWaiting(finished->wait_);
                                      delete finished;
                                    });
  self->wait_ = WaitForLock(path, holder, [function = self->function_](LockAttempt& attempt) {
    auto carried = std::make_unique<LockAttempt>(std::move(attempt));
    const napi_status status = function.NonBlockingCall(carried.get());
    if (status == napi_ok)
      carried.release();
    else
      attempt = std::move(*carried);
    // This answer was also the release of this thread: the function may be gone now.
    if (status != napi_closing) function.Release();
    return status == napi_ok;
  });
  if (self->wait_ != 0) return self;
  self->function_.Release();
  return nullptr;
}

bool LockCallback::Stop() {
  if (!StopWaiting(wait_)) return false;
  function_.Release();
  return true;
}

void LockCallback::CallJs(Napi::Env env, Napi::Function callback, LockCallback* self,
                          LockAttempt* attempt) {
  const std::unique_ptr<LockAttempt> carried(attempt);
  // The environment is gone. The lock is released with the attempt.
  if (env == nullptr || callback.IsEmpty()) return;
  const Napi::HandleScope scope(env);
  callback.Call({self->receive_(env, *carried)});
}

}  // namespace mig
