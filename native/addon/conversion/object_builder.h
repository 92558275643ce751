// Builds a JavaScript object, one property after the other.
#ifndef MIG_ADDON_CONVERSION_OBJECT_BUILDER_H_
#define MIG_ADDON_CONVERSION_OBJECT_BUILDER_H_

#include <napi.h>

#include <type_traits>

#include "addon/conversion/results.h"

namespace mig {

class ObjectBuilder {
 public:
  explicit ObjectBuilder(Napi::Env env) : env_(env), object_(Napi::Object::New(env)) {}

  template <typename T>
  ObjectBuilder& Set(const char* name, const T& value) {
    if constexpr (std::is_convertible_v<T, Napi::Value>)
      object_.Set(name, value);
    else
      object_.Set(name, ToJs(env_, value));
    return *this;
  }

  operator Napi::Value() const { return object_; }

 private:
  Napi::Env env_;
  Napi::Object object_;
};

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_OBJECT_BUILDER_H_
