// To JavaScript values: plain objects, whose shapes lib/driver/addon/addon.ts declares.
#ifndef MIG_ADDON_CONVERSION_RESULTS_H_
#define MIG_ADDON_CONVERSION_RESULTS_H_

#include <napi.h>

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "addon/call_ledger.h"
#include "nvml/events.h"
#include "nvml/gpu.h"
#include "nvml/known_profiles.h"
#include "nvml/mig_device.h"
#include "nvml/process.h"

namespace mig {

// The value of `open`.
struct OpenedSession {
  unsigned int number = 0;
  std::string driver_version;
  std::string library_path;
};

Napi::Value ToJs(Napi::Env env, Nothing);
Napi::Value ToJs(Napi::Env env, unsigned int value);
Napi::Value ToJs(Napi::Env env, std::uint64_t value);
Napi::Value ToJs(Napi::Env env, abi::nvmlReturn_t value);
Napi::Value ToJs(Napi::Env env, const std::string& value);
Napi::Value ToJs(Napi::Env env, const Placement& value);
Napi::Value ToJs(Napi::Env env, const PciInfo& value);
Napi::Value ToJs(Napi::Env env, const MemoryInfo& value);
Napi::Value ToJs(Napi::Env env, const CurrentAndPending& value);
Napi::Value ToJs(Napi::Env env, const ComputeCapability& value);
Napi::Value ToJs(Napi::Env env, const FieldValue& value);
Napi::Value ToJs(Napi::Env env, const Process& value);
Napi::Value ToJs(Napi::Env env, const GpuInstanceProfile& value);
Napi::Value ToJs(Napi::Env env, const GpuInstanceInfo& value);
Napi::Value ToJs(Napi::Env env, const ComputeInstanceProfile& value);
Napi::Value ToJs(Napi::Env env, const ComputeInstanceInfo& value);
Napi::Value ToJs(Napi::Env env, const MigDeviceAttributes& value);
Napi::Value ToJs(Napi::Env env, const PlacedComputeInstanceProfile& value);
Napi::Value ToJs(Napi::Env env, const PlacedGpuInstanceProfile& value);
Napi::Value ToJs(Napi::Env env, const GpuEvent& value);
Napi::Value ToJs(Napi::Env env, const OpenedSession& value);
// {total, changing, gpus: {<UUID>: {total, changing}}}
Napi::Value ToJs(Napi::Env env, const CallLedger::Sums& value);
Napi::Value ToJs(Napi::Env env, const CallLedger::RunningJob& value);

template <typename T>
Napi::Value ToJs(Napi::Env env, const std::optional<T>& value) {
  return value ? ToJs(env, *value) : env.Null();
}

template <typename T>
Napi::Value ToJs(Napi::Env env, const std::vector<T>& values) {
  auto array = Napi::Array::New(env, values.size());
  for (std::size_t i = 0; i < values.size(); ++i)
    array.Set(static_cast<std::uint32_t>(i), ToJs(env, values[i]));
  return array;
}

// {ok: true, value}
Napi::Value Success(Napi::Env env, Napi::Value value);
// {ok: false, ret, fn}, and {excess: {what, counted, most}} for an impossible count.
Napi::Value Failure(Napi::Env env, Status status);
// {ok: false, problem}: why the library cannot be used at all.
Napi::Value Unusable(Napi::Env env, const std::string& problem);
// {ok: false, errno, call}
Napi::Value SystemFailure(Napi::Env env, int error, const char* call);

template <typename T>
Napi::Value ToJs(Napi::Env env, const Outcome<T>& outcome) {
  if (!outcome.ok()) return Failure(env, outcome.status);
  return Success(env, ToJs(env, outcome.value));
}

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_RESULTS_H_
