// The exported function about what a program writes.
#include <poll.h>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"

namespace mig {

// hasReader(fd): whether anybody can still read what is written there. Otherwise a program hears of
// it only when it writes the next time.
Napi::Value Addon::HasReader(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto fd = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  // poll reports errors and a closed far end also where no event is requested.
  pollfd output{static_cast<int>(fd), 0, 0};
  const bool is_closed = poll(&output, 1, 0) == 1 && output.revents != 0;
  return Napi::Boolean::New(info.Env(), !is_closed);
}

}  // namespace mig
