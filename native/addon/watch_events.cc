// The exported functions about events.
#include <cerrno>
#include <string>
#include <utility>
#include <vector>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/worker.h"

namespace mig {

// watchEvents(session, gpus, callback): {ok: true, value: number of the watch}. The callback gets
// {ok: true, value: event}, and in its last call null, or the failure that ended the watch.
Napi::Value Addon::WatchEvents(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto session_number = arguments.Next<unsigned int>();
  auto gpus = arguments.Next<std::vector<std::string>>();
  const auto callback = arguments.Next<Napi::Function>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto* found = FindSession(info.Env(), session_number);
  if (found == nullptr) return info.Env().Undefined();
  const unsigned int number = ++last_watch_;
  auto watch = EventWatch::Create(
      info.Env(), callback, [this, number](Napi::Env env, const EventNews& news) -> Napi::Value {
        if (news.event) return Success(env, ToJs(env, *news.event));
        watches_.erase(number);
        return news.end.ok() ? env.Null() : Failure(env, news.end);
      });
  using Made = Outcome<std::shared_ptr<EventSet>>;
  return PromiseWorker<Made>::Run(
      info.Env(),
      [session = found->session, gpus = std::move(gpus)] {
        return EventSet::Create(session, gpus);
      },
      [this, number, watch](Napi::Env env, Made& made) {
        if (!made.ok()) {
          watch->Abandon();
          return Failure(env, made.status);
        }
        if (!watch->Start(std::move(made.value)))
          return SystemFailure(env, EAGAIN, "pthread_create");
        watches_[number] = watch;
        return Success(env, ToJs(env, number));
      });
}

// stopWatchingEvents(watch): one last call of the callback still comes.
Napi::Value Addon::StopWatchingEvents(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  if (const auto found = watches_.find(number); found != watches_.end())
    found->second->Stop(info.Env());
  return info.Env().Undefined();
}

}  // namespace mig
