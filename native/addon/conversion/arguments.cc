#include "addon/conversion/arguments.h"

#include <cmath>
#include <limits>

namespace mig {
namespace {

bool IsUnsigned(const Napi::Value& value) {
  if (!value.IsNumber()) return false;
  const double number = value.As<Napi::Number>().DoubleValue();
  return number >= 0 && number <= std::numeric_limits<unsigned int>::max() &&
         number == std::trunc(number);
}

bool IsArrayOfUnsigned(const Napi::Value& value) {
  if (!value.IsArray()) return false;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    if (!IsUnsigned(array.Get(i))) return false;
  }
  return true;
}

bool IsArrayOfStrings(const Napi::Value& value) {
  if (!value.IsArray()) return false;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) {
    if (!array.Get(i).IsString()) return false;
  }
  return true;
}

bool IsPlacement(const Napi::Value& value) {
  if (!value.IsObject()) return false;
  const auto object = value.As<Napi::Object>();
  return IsUnsigned(object.Get("start")) && IsUnsigned(object.Get("size"));
}

bool IsSelector(const Napi::Value& value) {
  if (value.IsNull()) return true;
  if (!value.IsObject()) return false;
  const auto object = value.As<Napi::Object>();
  return object.Get("symbol").IsString() && IsUnsigned(object.Get("value"));
}

unsigned int ToUnsigned(const Napi::Value& value) { return value.As<Napi::Number>().Uint32Value(); }

}  // namespace

Napi::Value Arguments::Take(bool (*matches)(const Napi::Value&), const char* expected) {
  const std::size_t position = next_++;
  const Napi::Value value = info_[position];
  if (ok_ && !matches(value)) {
    ok_ = false;
    Napi::TypeError::New(info_.Env(),
                         "argument " + std::to_string(position) + " must be " + expected)
        .ThrowAsJavaScriptException();
  }
  return value;
}

template <>
unsigned int Arguments::Next() {
  const auto value = Take(IsUnsigned, "a 32-bit unsigned integer");
  return ok_ ? ToUnsigned(value) : 0;
}

template <>
std::string Arguments::Next() {
  const auto value = Take([](const Napi::Value& v) { return v.IsString(); }, "a string");
  return ok_ ? value.As<Napi::String>().Utf8Value() : std::string();
}

template <>
std::optional<std::string> Arguments::Next() {
  const auto value =
      Take([](const Napi::Value& v) { return v.IsString() || v.IsNull(); }, "a string or null");
  if (!ok_ || value.IsNull()) return std::nullopt;
  return value.As<Napi::String>().Utf8Value();
}

template <>
Placement Arguments::Next() {
  const auto value = Take(IsPlacement, "a placement");
  if (!ok_) return {};
  const auto object = value.As<Napi::Object>();
  return {ToUnsigned(object.Get("start")), ToUnsigned(object.Get("size"))};
}

template <>
std::vector<unsigned int> Arguments::Next() {
  const auto value = Take(IsArrayOfUnsigned, "an array of 32-bit unsigned integers");
  std::vector<unsigned int> numbers;
  if (!ok_) return numbers;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i) numbers.push_back(ToUnsigned(array.Get(i)));
  return numbers;
}

template <>
std::vector<std::string> Arguments::Next() {
  const auto value = Take(IsArrayOfStrings, "an array of strings");
  std::vector<std::string> texts;
  if (!ok_) return texts;
  const auto array = value.As<Napi::Array>();
  for (std::uint32_t i = 0; i < array.Length(); ++i)
    texts.push_back(array.Get(i).As<Napi::String>().Utf8Value());
  return texts;
}

template <>
std::optional<Selector> Arguments::Next() {
  const auto value = Take(IsSelector, "a selector or null");
  if (!ok_ || value.IsNull()) return std::nullopt;
  const auto object = value.As<Napi::Object>();
  return Selector{object.Get("symbol").As<Napi::String>().Utf8Value(),
                  ToUnsigned(object.Get("value"))};
}

Napi::Function Arguments::NextFunction() {
  const auto value = Take([](const Napi::Value& v) { return v.IsFunction(); }, "a function");
  return ok_ ? value.As<Napi::Function>() : Napi::Function();
}

}  // namespace mig
