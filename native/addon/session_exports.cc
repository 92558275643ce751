// The exported functions that open and close a session, and report its driver calls.
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/worker.h"

namespace mig {
namespace {

struct OpenAttempt {
  std::shared_ptr<Session> session;
  Status status;
  // Not empty: why there is no usable NVML.
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

}  // namespace

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

// close(session): resolves when NVML is shut down, or if another session still needs it.
Napi::Value Addon::Close(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* found = FindSession(info.Env(), number);
  if (found == nullptr) return info.Env().Undefined();
  auto session = found->session;
  sessions_.erase(number);
  // The job only holds the session, and drops it on its own thread.
  return PromiseWorker<Outcome<Nothing>>::Run(
      info.Env(), [session = std::move(session)] { return Outcome<Nothing>(Nothing()); },
      [](Napi::Env env, Outcome<Nothing>& outcome) { return ToJs(env, outcome); });
}

// callCounts(session): its driver calls so far, including its opening.
Napi::Value Addon::CallCountsOf(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto* found = NextSession(info.Env(), arguments);
  return found == nullptr ? info.Env().Undefined() : ToJs(info.Env(), found->calls->sums());
}

// runningCalls(session): its driver calls that run now, the longest first.
Napi::Value Addon::RunningCallsOf(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto* found = NextSession(info.Env(), arguments);
  return found == nullptr ? info.Env().Undefined() : ToJs(info.Env(), found->calls->running());
}

const Addon::CountedSession* Addon::NextSession(Napi::Env env, Arguments& arguments) const {
  const auto number = arguments.Next<unsigned int>();
  return arguments.ok() ? FindSession(env, number) : nullptr;
}

const Addon::CountedSession* Addon::FindSession(Napi::Env env, unsigned int number) const {
  const auto found = sessions_.find(number);
  if (found != sessions_.end()) return &found->second;
  Napi::TypeError::New(env, "no open session " + std::to_string(number))
      .ThrowAsJavaScriptException();
  return nullptr;
}

}  // namespace mig
