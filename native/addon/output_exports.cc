// The exported functions about the program itself: the reader of its output, and its end.
#include <poll.h>
#include <unistd.h>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"

namespace mig {

// hasReader(fd): whether the other end can still be read. Without this, only the next write would
// show it.
Napi::Value Addon::HasReader(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto fd = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  // poll reports errors and a closed far end even without requested events.
  pollfd output{static_cast<int>(fd), 0, 0};
  const bool is_closed = poll(&output, 1, 0) == 1 && output.revents != 0;
  return Napi::Boolean::New(info.Env(), !is_closed);
}

// endProcess(status): process.exit() would wait for driver calls that have begun, and one of them
// may never return.
Napi::Value Addon::EndProcess(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto status = arguments.Next<unsigned int>();
  if (arguments.ok()) _exit(static_cast<int>(status));
  return info.Env().Undefined();
}

}  // namespace mig
