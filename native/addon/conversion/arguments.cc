#include "addon/conversion/arguments.h"

#include <utility>

namespace mig {

template <typename T>
T Arguments::Take(std::optional<T> (*read)(const Napi::Value&), const char* expected) {
  const std::size_t position = next_++;
  // No JavaScript may run while an error is pending.
  if (!ok_) return T();
  std::optional<T> value = read(info_[position]);
  if (value) return std::move(*value);
  ok_ = false;
  if (!info_.Env().IsExceptionPending()) {
    const std::string function = static_cast<const char*>(info_.Data());
    Napi::TypeError::New(
        info_.Env(), function + ": argument " + std::to_string(position) + " must be " + expected)
        .ThrowAsJavaScriptException();
  }
  return T();
}

template <>
unsigned int Arguments::Next() {
  return Take(ReadUnsigned, "a 32-bit unsigned integer");
}

template <>
std::string Arguments::Next() {
  return Take(ReadText, "a string of at most 65536 characters, none of them zero");
}

template <>
std::optional<std::string> Arguments::Next() {
  return Take(ReadNullable<ReadText>,
              "a string of at most 65536 characters, none of them zero, or null");
}

template <>
Placement Arguments::Next() {
  return Take(ReadPlacement, "a placement");
}

template <>
std::vector<unsigned int> Arguments::Next() {
  return Take(ReadList<ReadUnsigned>, "an array of at most 1024 32-bit unsigned integers");
}

template <>
std::vector<std::string> Arguments::Next() {
  return Take(ReadList<ReadText>, "an array of at most 1024 strings");
}

template <>
std::optional<Selector> Arguments::Next() {
  return Take(ReadNullable<ReadSelector>, "a selector or null");
}

template <>
Napi::Function Arguments::Next() {
  return Take(ReadFunction, "a function");
}

}  // namespace mig
