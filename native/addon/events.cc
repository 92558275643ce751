#include "addon/events.h"

#include <utility>

#include "addon/thread.h"

namespace mig {
namespace {

// How long a stop may take, because no call wakes a wait for events.
constexpr unsigned int kWaitMs = 100;

// A busy program must not run out of memory while a GPU reports one Xid after the other. Further
// events are dropped.
constexpr unsigned int kMostUntold = 1024;

}  // namespace

std::shared_ptr<EventWatch> EventWatch::Create(Napi::Env env, Napi::Function callback,
                                               Receive receive) {
  std::shared_ptr<EventWatch> self(new EventWatch(std::move(receive)));
  auto* context = new std::shared_ptr<EventWatch>(self);
  self->function_ =
      ThreadSafe::New(env, callback, "mig_nvml events", 0, 1, context,
                      [](Napi::Env, void*, std::shared_ptr<EventWatch>* finished) {
                        {
                          const std::lock_guard<std::mutex> guard((*finished)->mutex_);
                          (*finished)->open_ = false;
                        }
                        (*finished)->stopping_ = true;
                        delete finished;
                      });
  self->function_.Unref(env);
  return self;
}

bool EventWatch::Start(std::shared_ptr<EventSet> set) {
  auto wait = [self = shared_from_this(), set = std::move(set)]() mutable {
    self->WaitForEvents(std::move(set));
  };
  if (StartThread(std::move(wait))) return true;
  Release();
  return false;
}

void EventWatch::Abandon() { Release(); }

void EventWatch::Stop(Napi::Env env) {
  stopping_ = true;
  const std::lock_guard<std::mutex> guard(mutex_);
  if (open_) function_.Ref(env);
}

void EventWatch::WaitForEvents(std::shared_ptr<EventSet> set) {
  Status end;
  // Returns whether there was an event.
  const auto look = [&](unsigned int wait_ms) {
    auto waited = set->Wait(wait_ms);
    end = waited.status;
    if (!waited.ok() || !waited.value) return false;
    if (untold_ < kMostUntold) Tell({std::move(waited.value), {}});
    return true;
  };
  while (!stopping_ && end.ok()) look(kWaitMs);
  // Events since then still count, because the next watch of the session gets only later ones.
  for (unsigned int looks = 0; end.ok() && looks < kMostUntold && look(0);) ++looks;
  // NVML may shut down here, before the callback learns that the watch is over.
  set.reset();
  Tell({std::nullopt, end});
  Release();
}

void EventWatch::Tell(EventNews news) {
  auto carried = std::make_unique<EventNews>(std::move(news));
  const std::lock_guard<std::mutex> guard(mutex_);
  if (!open_) return;
  ++untold_;
  const napi_status taken = function_.NonBlockingCall(carried.get());
  if (taken == napi_ok) {
    carried.release();
    return;
  }
  --untold_;
  // This was also the release of this thread: the function may be gone now.
  if (taken == napi_closing) open_ = false;
}

void EventWatch::Release() {
  const std::lock_guard<std::mutex> guard(mutex_);
  if (open_) function_.Release();
}

void EventWatch::CallJs(Napi::Env env, Napi::Function callback, std::shared_ptr<EventWatch>* self,
                        EventNews* news) {
  const std::unique_ptr<EventNews> carried(news);
  // The environment is gone.
  if (env == nullptr || callback.IsEmpty()) return;
  const auto watch = *self;
  --watch->untold_;
  const Napi::HandleScope scope(env);
  callback.Call({watch->receive_(env, *carried)});
}

}  // namespace mig
