// The exported functions about registers of PCI devices.
#include <cerrno>
#include <optional>
#include <string>
#include <utility>

#include "addon/addon.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/register_file.h"

namespace mig {
namespace {

// More than any register that this package uses; a whole BAR may have gigabytes.
constexpr unsigned int kMostBytes = 1u << 24;

Napi::Value Failed(Napi::Env env, const RegisterStatus& status) {
  return SystemFailure(env, status.error, status.call);
}

Napi::Value NotMapped(Napi::Env env) {
  Napi::TypeError::New(env, "no registers are mapped under this number")
      .ThrowAsJavaScriptException();
  return env.Undefined();
}

}  // namespace

// mapRegisters(path, size, access): access is 0 to read, 1 to write as well. The value is the
// number of the map.
Napi::Value Addon::MapRegisters(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto path = arguments.Next<std::string>();
  const auto size = arguments.Next<unsigned int>();
  const auto access = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  if (size > kMostBytes || access > 1) return SystemFailure(info.Env(), EINVAL, "mmap");
  std::optional<RegisterFile> file;
  const RegisterStatus status = RegisterFile::Map(path, size, access == 1, &file);
  if (status.error != 0) return Failed(info.Env(), status);
  const unsigned int number = ++last_registers_;
  registers_.emplace(number, std::move(*file));
  return Success(info.Env(), ToJs(info.Env(), number));
}

// readRegister(map, offset)
Napi::Value Addon::ReadRegister(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  const auto offset = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto found = registers_.find(number);
  if (found == registers_.end()) return NotMapped(info.Env());
  std::uint32_t value = 0;
  const RegisterStatus status = found->second.Read(offset, &value);
  if (status.error != 0) return Failed(info.Env(), status);
  return Success(info.Env(), ToJs(info.Env(), value));
}

// writeRegister(map, offset, value)
Napi::Value Addon::WriteRegister(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  const auto offset = arguments.Next<unsigned int>();
  const auto value = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const auto found = registers_.find(number);
  if (found == registers_.end()) return NotMapped(info.Env());
  const RegisterStatus status = found->second.Write(offset, value);
  if (status.error != 0) return Failed(info.Env(), status);
  return Success(info.Env(), info.Env().Undefined());
}

// unmapRegisters(map)
Napi::Value Addon::UnmapRegisters(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (arguments.ok()) registers_.erase(number);
  return info.Env().Undefined();
}

}  // namespace mig
