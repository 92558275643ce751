// The exported function that resets a GPU.
#include <optional>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/library_reset.h"
#include "addon/worker.h"

namespace mig {

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

}  // namespace mig
