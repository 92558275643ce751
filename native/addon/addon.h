// The addon in one JavaScript environment: the main thread, or a worker.
#ifndef MIG_ADDON_ADDON_H_
#define MIG_ADDON_ADDON_H_

#include <napi.h>

#include <cstdint>
#include <memory>
#include <unordered_map>

#include "addon/call_ledger.h"
#include "addon/events.h"
#include "addon/file_lock.h"
#include "addon/lock_callback.h"
#include "addon/register_file.h"
#include "nvml/session.h"

namespace mig {

class Arguments;

class Addon : public Napi::Addon<Addon> {
 public:
  Addon(Napi::Env env, Napi::Object exports);

 private:
  Napi::Value Open(const Napi::CallbackInfo& info);
  Napi::Value Close(const Napi::CallbackInfo& info);

  // See session_call.h.
  template <auto call>
  Napi::Value Call(const Napi::CallbackInfo& info);

  Napi::Value FindProfileTable(const Napi::CallbackInfo& info);
  Napi::Value ResetGpu(const Napi::CallbackInfo& info);

  Napi::Value WatchEvents(const Napi::CallbackInfo& info);
  Napi::Value StopWatchingEvents(const Napi::CallbackInfo& info);

  Napi::Value TryLock(const Napi::CallbackInfo& info);
  Napi::Value WaitForLock(const Napi::CallbackInfo& info);
  Napi::Value StopWaiting(const Napi::CallbackInfo& info);
  Napi::Value ReleaseLock(const Napi::CallbackInfo& info);

  Napi::Value MapRegisters(const Napi::CallbackInfo& info);
  Napi::Value ReadRegister(const Napi::CallbackInfo& info);
  Napi::Value WriteRegister(const Napi::CallbackInfo& info);
  Napi::Value UnmapRegisters(const Napi::CallbackInfo& info);

  Napi::Value HasReader(const Napi::CallbackInfo& info);
  Napi::Value MakeCharacterDevice(const Napi::CallbackInfo& info);
  Napi::Value NotifyManager(const Napi::CallbackInfo& info);
  Napi::Value EndProcess(const Napi::CallbackInfo& info);

  struct CountedSession {
    std::shared_ptr<Session> session;
    std::shared_ptr<CallLedger> calls;
  };

  Napi::Value CallCountsOf(const Napi::CallbackInfo& info);
  Napi::Value RunningCallsOf(const Napi::CallbackInfo& info);

  // Null, with a TypeError pending, if the next argument is not the number of an open session.
  const CountedSession* NextSession(Napi::Env env, Arguments& arguments) const;
  const CountedSession* FindSession(Napi::Env env, unsigned int number) const;
  // {ok: true, value: number of the lock, or null when another holder has it}
  Napi::Value KeepLock(Napi::Env env, LockAttempt& attempt);

  unsigned int last_session_ = 0;
  std::unordered_map<unsigned int, CountedSession> sessions_;
  unsigned int last_watch_ = 0;
  std::unordered_map<unsigned int, std::shared_ptr<EventWatch>> watches_;
  unsigned int last_lock_ = 0;
  std::unordered_map<unsigned int, FileLock> locks_;
  unsigned int last_wait_ = 0;
  std::unordered_map<unsigned int, LockCallback*> waits_;
  unsigned int last_registers_ = 0;
  std::unordered_map<unsigned int, RegisterFile> registers_;
};

}  // namespace mig

#endif  // MIG_ADDON_ADDON_H_
