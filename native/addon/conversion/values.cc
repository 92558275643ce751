#include "addon/conversion/values.h"

#include <cmath>
#include <limits>
#include <utility>

namespace mig {

// A value is empty where reading it has thrown.

std::optional<unsigned int> ReadUnsigned(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsNumber()) return std::nullopt;
  const double number = value.As<Napi::Number>().DoubleValue();
  const bool fits = number >= 0 && number <= std::numeric_limits<unsigned int>::max();
  if (!fits || number != std::trunc(number)) return std::nullopt;
  return static_cast<unsigned int>(number);
}

std::optional<std::string> ReadText(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsString()) return std::nullopt;
  std::size_t length = 0;
  const napi_status measured = napi_get_value_string_utf16(value.Env(), value, nullptr, 0, &length);
  if (measured != napi_ok || length > kLongestText) return std::nullopt;
  std::string text = value.As<Napi::String>().Utf8Value();
  if (text.find('\0') != std::string::npos) return std::nullopt;
  return text;
}

std::optional<Placement> ReadPlacement(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsObject()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  const auto start = ReadUnsigned(object.Get("start"));
  if (!start) return std::nullopt;
  const auto size = ReadUnsigned(object.Get("size"));
  if (!size) return std::nullopt;
  return Placement{*start, *size};
}

std::optional<Selector> ReadSelector(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsObject()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  auto symbol = ReadText(object.Get("symbol"));
  if (!symbol) return std::nullopt;
  const auto selected = ReadUnsigned(object.Get("value"));
  if (!selected) return std::nullopt;
  return Selector{std::move(*symbol), *selected};
}

std::optional<Napi::Function> ReadFunction(const Napi::Value& value) {
  if (value.IsEmpty() || !value.IsFunction()) return std::nullopt;
  return value.As<Napi::Function>();
}

}  // namespace mig
