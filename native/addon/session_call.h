// Functions of a session, as JavaScript sees them: the session's number, then their own arguments.
#ifndef MIG_ADDON_SESSION_CALL_H_
#define MIG_ADDON_SESSION_CALL_H_

#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/on_device.h"
#include "addon/worker.h"

namespace mig {

// A function on one device has its UUID as the first argument.
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
  // Braces, so that the arguments are read from left to right.
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

template <auto call>
Napi::Value Addon::Call(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto* found = NextSession(info.Env(), arguments);
  if (found == nullptr) return info.Env().Undefined();
  return RunOnSession(info, arguments, found->session, found->calls, call);
}

// The most common shape: a function of NVML's table and a handle.
template <auto get>
auto CallOnDevice(Session& session, const std::string& uuid) {
  return OnDevice(session, uuid, get);
}

}  // namespace mig

#endif  // MIG_ADDON_SESSION_CALL_H_
