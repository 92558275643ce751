// The exported function that makes device nodes.
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <cerrno>
#include <string>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"

namespace mig {

// makeCharacterDevice(path, major, minor, mode): the umask clears bits of the mode. Fails if
// anything is there, even a link.
Napi::Value Addon::MakeCharacterDevice(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto path = arguments.Next<std::string>();
  const auto major_number = arguments.Next<unsigned int>();
  const auto minor_number = arguments.Next<unsigned int>();
  const auto mode = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const dev_t device = makedev(major_number, minor_number);
  if (mknod(path.c_str(), S_IFCHR | (mode & 0777), device) != 0)
    return SystemFailure(info.Env(), errno, "mknod");
  return Success(info.Env(), info.Env().Undefined());
}

}  // namespace mig
