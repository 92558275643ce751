#include "addon/addon.h"

#include <dlfcn.h>

#include <cerrno>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "addon/calls.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/conversion/snapshot_json.h"
#include "addon/library_reset.h"
#include "addon/snapshot.h"
#include "addon/worker.h"

namespace mig {
namespace {

// Node unloads an addon with the last worker that has loaded it. A thread that waits for a lock
// would then return into nothing, and the sessions of this process would be forgotten.
void StayInMemory() {
  Dl_info self;
  if (dladdr(reinterpret_cast<void*>(&StayInMemory), &self) != 0)
    dlopen(self.dli_fname, RTLD_LAZY | RTLD_NOLOAD | RTLD_NODELETE);
}

struct OpenAttempt {
  std::shared_ptr<Session> session;
  Status status;
  // Not empty: there is no NVML to ask.
  std::string problem;
};

OpenAttempt OpenSession(const std::string& path, const std::optional<Selector>& selector) {
  OpenAttempt attempt;
  const Library* library = Library::Open(path, &attempt.problem);
  if (library == nullptr) return attempt;
  Machine::Select select = nullptr;
  if (selector) {
    select = reinterpret_cast<Machine::Select>(library->Find(selector->symbol));
    if (select == nullptr) {
      attempt.problem = library->path() + ": no function " + selector->symbol;
      return attempt;
    }
  }
  auto session = Session::Open(Machine::Find(library, select, selector ? selector->value : 0));
  attempt.status = session.status;
  attempt.session = std::move(session.value);
  return attempt;
}

// Written on the thread that reads.
Outcome<std::vector<std::string>> ReadSnapshotJson(Session& session) {
  const auto gpus = ReadSnapshot(session);
  if (!gpus.ok()) return gpus.status;
  std::vector<std::string> texts;
  texts.reserve(gpus.value.size());
  for (const auto& gpu : gpus.value) texts.push_back(ToJson(gpu));
  return texts;
}

// A function that is about one device has its UUID first.
template <typename... Args>
std::string SubjectOf(const std::tuple<Args...>& arguments) {
  if constexpr (std::is_same_v<std::tuple_element_t<0, std::tuple<Args..., void>>, std::string>)
    return std::get<0>(arguments);
  return "";
}

template <typename Result, typename... Args>
Napi::Value RunOnSession(const Napi::CallbackInfo& info, Arguments& arguments,
                         std::shared_ptr<Session> session, std::shared_ptr<CallLedger> calls,
                         Outcome<Result> (*call)(Session&, Args...)) {
  // Braces: the arguments are taken from left to right.
  std::tuple<std::remove_cvref_t<Args>...> values{arguments.Next<std::remove_cvref_t<Args>>()...};
  if (!arguments.ok()) return info.Env().Undefined();
  return PromiseWorker<Outcome<Result>>::Run(
      info.Env(),
      [session = std::move(session), calls = std::move(calls), call, values = std::move(values)] {
        return calls->Count(SubjectOf(values), [&] {
          return std::apply([&](const auto&... each) { return call(*session, each...); }, values);
        });
      },
      [](Napi::Env env, Outcome<Result>& outcome) { return ToJs(env, outcome); });
}

}  // namespace

template <auto call>
Napi::Value Addon::Call(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* found = FindSession(info.Env(), number);
  if (found == nullptr) return info.Env().Undefined();
  return RunOnSession(info, arguments, found->session, found->calls, call);
}

Addon::Addon(Napi::Env, Napi::Object exports) {
  StayInMemory();
  DefineAddon(
      exports,
      {
#define MIG_EXPORT(name, method) InstanceMethod<&Addon::method>(name, napi_enumerable)
          MIG_EXPORT("open", Open),
          MIG_EXPORT("close", Close),
          MIG_EXPORT("snapshot", Call<ReadSnapshotJson>),
          MIG_EXPORT("profileTable", FindProfileTable),
          MIG_EXPORT("resetGpu", ResetGpu),
          MIG_EXPORT("callCounts", CallCountsOf),
          MIG_EXPORT("readComputeInstanceProfiles", Call<ReadComputeInstanceProfilesOf>),

          MIG_EXPORT("watchEvents", WatchEvents),
          MIG_EXPORT("stopWatchingEvents", StopWatchingEvents),

          MIG_EXPORT("tryLock", TryLock),
          MIG_EXPORT("waitForLock", WaitForLock),
          MIG_EXPORT("stopWaiting", StopWaiting),
          MIG_EXPORT("releaseLock", ReleaseLock),

#define MIG_CALL(name, function) MIG_EXPORT(name, Call<calls::function>)
          MIG_CALL("systemGetNVMLVersion", SystemGetNvmlVersion),
          MIG_CALL("systemGetProcessName", SystemGetProcessName),

          MIG_CALL("deviceGetCount", DeviceGetCount),
          MIG_CALL("deviceGetHandleByIndex", DeviceGetHandleByIndex),
          MIG_CALL("deviceGetHandleByPciBusId", DeviceGetHandleByPciBusId),
          MIG_CALL("deviceGetHandleByUUID", DeviceGetHandleByUuid),

          MIG_CALL("deviceGetName", DeviceGetName),
          MIG_CALL("deviceGetIndex", DeviceGetIndex),
          MIG_CALL("deviceGetMinorNumber", DeviceGetMinorNumber),
          MIG_CALL("deviceGetPciInfo", DeviceGetPciInfo),
          MIG_CALL("deviceGetBrand", DeviceGetBrand),
          MIG_CALL("deviceGetArchitecture", DeviceGetArchitecture),
          MIG_CALL("deviceGetCudaComputeCapability", DeviceGetCudaComputeCapability),
          MIG_CALL("deviceGetVirtualizationMode", DeviceGetVirtualizationMode),
          MIG_CALL("deviceGetMemoryInfo", DeviceGetMemoryInfo),
          MIG_CALL("deviceGetComputeRunningProcesses", DeviceGetComputeRunningProcesses),
          MIG_CALL("deviceGetGraphicsRunningProcesses", DeviceGetGraphicsRunningProcesses),
          MIG_CALL("deviceGetMPSComputeRunningProcesses", DeviceGetMpsComputeRunningProcesses),
          MIG_CALL("deviceGetPersistenceMode", DeviceGetPersistenceMode),
          MIG_CALL("deviceSetPersistenceMode", DeviceSetPersistenceMode),
          MIG_CALL("deviceGetEccMode", DeviceGetEccMode),
          MIG_CALL("deviceGetComputeMode", DeviceGetComputeMode),
          MIG_CALL("deviceGetFieldValues", DeviceGetFieldValues),

          MIG_CALL("deviceGetMigMode", DeviceGetMigMode),
          MIG_CALL("deviceSetMigMode", DeviceSetMigMode),
          MIG_CALL("deviceGetGpuInstanceProfileInfo", DeviceGetGpuInstanceProfileInfo),
          MIG_CALL("deviceGetGpuInstanceProfileInfoById", DeviceGetGpuInstanceProfileInfoById),
          MIG_CALL("deviceGetGpuInstancePossiblePlacements",
                   DeviceGetGpuInstancePossiblePlacements),
          MIG_CALL("deviceGetGpuInstanceRemainingCapacity", DeviceGetGpuInstanceRemainingCapacity),
          MIG_CALL("deviceCreateGpuInstance", DeviceCreateGpuInstance),
          MIG_CALL("deviceCreateGpuInstanceWithPlacement", DeviceCreateGpuInstanceWithPlacement),
          MIG_CALL("gpuInstanceDestroy", GpuInstanceDestroy),
          MIG_CALL("deviceGetGpuInstances", DeviceGetGpuInstances),
          MIG_CALL("gpuInstanceGetInfo", GpuInstanceGetInfo),

          MIG_CALL("gpuInstanceGetComputeInstanceProfileInfo",
                   GpuInstanceGetComputeInstanceProfileInfo),
          MIG_CALL("gpuInstanceGetComputeInstancePossiblePlacements",
                   GpuInstanceGetComputeInstancePossiblePlacements),
          MIG_CALL("gpuInstanceGetComputeInstanceRemainingCapacity",
                   GpuInstanceGetComputeInstanceRemainingCapacity),
          MIG_CALL("gpuInstanceCreateComputeInstance", GpuInstanceCreateComputeInstance),
          MIG_CALL("gpuInstanceCreateComputeInstanceWithPlacement",
                   GpuInstanceCreateComputeInstanceWithPlacement),
          MIG_CALL("computeInstanceDestroy", ComputeInstanceDestroy),
          MIG_CALL("gpuInstanceGetComputeInstances", GpuInstanceGetComputeInstances),
          MIG_CALL("computeInstanceGetInfo", ComputeInstanceGetInfo),

          MIG_CALL("deviceIsMigDeviceHandle", DeviceIsMigDeviceHandle),
          MIG_CALL("deviceGetMaxMigDeviceCount", DeviceGetMaxMigDeviceCount),
          MIG_CALL("deviceGetMigDeviceHandleByIndex", DeviceGetMigDeviceHandleByIndex),
          MIG_CALL("deviceGetDeviceHandleFromMigDeviceHandle",
                   DeviceGetDeviceHandleFromMigDeviceHandle),
          MIG_CALL("deviceGetGpuInstanceId", DeviceGetGpuInstanceId),
          MIG_CALL("deviceGetComputeInstanceId", DeviceGetComputeInstanceId),
          MIG_CALL("deviceGetAttributes", DeviceGetAttributes),
#undef MIG_CALL
#undef MIG_EXPORT
      });
}

// open(path, selector | null)
Napi::Value Addon::Open(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  auto path = arguments.Next<std::string>();
  auto selector = arguments.Next<std::optional<Selector>>();
  if (!arguments.ok()) return info.Env().Undefined();
  auto calls = std::make_shared<CallLedger>();
  return PromiseWorker<OpenAttempt>::Run(
      info.Env(),
      [path = std::move(path), selector = std::move(selector), calls] {
        return calls->Count("", [&] { return OpenSession(path, selector); });
      },
      [this, calls](Napi::Env env, OpenAttempt& attempt) {
        if (attempt.session == nullptr)
          return attempt.problem.empty() ? Failure(env, attempt.status)
                                         : Unusable(env, attempt.problem);
        const OpenedSession opened{++last_session_, attempt.session->driver_version(),
                                   attempt.session->machine().library().path()};
        sessions_[opened.number] = {std::move(attempt.session), calls};
        return Success(env, ToJs(env, opened));
      });
}

// close(session): settles when NVML is shut down, or when somebody else still needs it.
Napi::Value Addon::Close(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* found = FindSession(info.Env(), number);
  if (found == nullptr) return info.Env().Undefined();
  auto session = found->session;
  sessions_.erase(number);
  // The job does nothing but hold the session until it may go.
  return PromiseWorker<Outcome<Nothing>>::Run(
      info.Env(), [session = std::move(session)] { return Outcome<Nothing>(Nothing()); },
      [](Napi::Env env, Outcome<Nothing>& outcome) { return ToJs(env, outcome); });
}

// callCounts(session): what it has asked of the driver so far, its opening included.
Napi::Value Addon::CallCountsOf(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* found = FindSession(info.Env(), number);
  return found == nullptr ? info.Env().Undefined() : ToJs(info.Env(), found->calls->sums());
}

const Addon::CountedSession* Addon::FindSession(Napi::Env env, unsigned int number) const {
  const auto found = sessions_.find(number);
  if (found != sessions_.end()) return &found->second;
  Napi::TypeError::New(env, "no open session " + std::to_string(number))
      .ThrowAsJavaScriptException();
  return nullptr;
}

// profileTable(number): what a snapshot names by its number.
Napi::Value Addon::FindProfileTable(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const ProfileTable* table = ProfileTable::Find(number);
  if (table != nullptr) return ToJs(info.Env(), table->profiles);
  Napi::TypeError::New(info.Env(), "no profile table " + std::to_string(number))
      .ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

// resetGpu(path, selector | null, symbol, pciBusId)
Napi::Value Addon::ResetGpu(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  auto path = arguments.Next<std::string>();
  auto selector = arguments.Next<std::optional<Selector>>();
  auto symbol = arguments.Next<std::string>();
  auto bus_id = arguments.Next<std::string>();
  if (!arguments.ok()) return info.Env().Undefined();
  return PromiseWorker<ResetAttempt>::Run(
      info.Env(),
      [path = std::move(path), selector = std::move(selector), symbol = std::move(symbol),
       bus_id = std::move(bus_id)] { return ResetThroughLibrary(path, selector, symbol, bus_id); },
      [](Napi::Env env, ResetAttempt& attempt) {
        if (!attempt.problem.empty()) return Unusable(env, attempt.problem);
        const Status status{attempt.ret, attempt.symbol.c_str()};
        return status.ok() ? Success(env, env.Undefined()) : Failure(env, status);
      });
}

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
  const auto callback = arguments.NextFunction();
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

using MigAddon = mig::Addon;
NODE_API_ADDON(MigAddon)
