// The exported function about the output of a program.
#include <poll.h>

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

}  // namespace mig
