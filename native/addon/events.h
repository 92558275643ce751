// Passes events of a driver from the thread that waits for them to a JavaScript function.
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

// The argument of the function: an event, or, in the last call, only a status. The status is
// success if the watch was stopped, otherwise the reason why no more events will come.
struct EventNews {
  std::optional<GpuEvent> event;
  Status end;
};

class EventWatch : public std::enable_shared_from_this<EventWatch> {
 public:
  // On the JavaScript thread: turns the news into the function's argument.
  using Receive = std::function<Napi::Value(Napi::Env, const EventNews&)>;

  // Does not keep the event loop alive. Calls nothing before Start.
  static std::shared_ptr<EventWatch> Create(Napi::Env env, Napi::Function callback,
                                            Receive receive);

  // False if no thread could be started. Then the watch is over.
  bool Start(std::shared_ptr<EventSet> set);
  // Ends a watch that was not started.
  void Abandon();
  // The last call of the function comes within the length of one wait, and keeps the event loop
  // alive until then.
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

  // If the environment ends first, its functions are freed while our thread may be about to call
  // one. So a thread calls the function only under the mutex, and only while it is open.
  std::mutex mutex_;
  bool open_ = true;
  ThreadSafe function_;
};

}  // namespace mig

#endif  // MIG_ADDON_EVENTS_H_
