// Brings a driver's events from the thread that waits for them to a JavaScript function.
#ifndef MIG_ADDON_EVENTS_H_
#define MIG_ADDON_EVENTS_H_

#include <napi.h>

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>

#include "nvml/events.h"

namespace mig {

// What the function is called with: an event; or nothing more than a status, the last of all. It is
// success when the watch was stopped, else why there will be no events any more.
struct EventNews {
  std::optional<GpuEvent> event;
  Status end;
};

class EventWatch : public std::enable_shared_from_this<EventWatch> {
 public:
  // On the JavaScript thread: turns the news into the function's argument.
  using Receive = std::function<Napi::Value(Napi::Env, const EventNews&)>;

  // Does not keep the event loop alive. Nothing comes of it before Start.
  static std::shared_ptr<EventWatch> Create(Napi::Env env, Napi::Function callback,
                                            Receive receive);

  // False when no thread could be had: then the watch is over.
  bool Start(std::shared_ptr<EventSet> set);
  // For a watch that was not started.
  void Abandon();
  // The last news come within a wait's length; until then the event loop is kept alive, so that
  // whoever waits for them gets them.
  void Stop(Napi::Env env);

 private:
  static void CallJs(Napi::Env env, Napi::Function callback, std::shared_ptr<EventWatch>* self,
                     EventNews* news);
  using ThreadSafe =
      Napi::TypedThreadSafeFunction<std::shared_ptr<EventWatch>, EventNews, &EventWatch::CallJs>;

  explicit EventWatch(Receive receive) : receive_(std::move(receive)) {}

  void WaitForEvents(std::shared_ptr<EventSet> set);
  void Tell(EventNews news);
  void Release();

  Receive receive_;
  std::atomic<bool> stopping_ = false;
  std::atomic<unsigned int> untold_ = 0;

  // When the environment ends first, its functions are freed while our thread may be about to call
  // one: under the mutex it is open or not touched.
  std::mutex mutex_;
  bool open_ = true;
  ThreadSafe function_;
};

}  // namespace mig

#endif  // MIG_ADDON_EVENTS_H_
