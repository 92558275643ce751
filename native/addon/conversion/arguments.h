// From JavaScript values. Only the files of this folder know the types of both sides.
#ifndef MIG_ADDON_CONVERSION_ARGUMENTS_H_
#define MIG_ADDON_CONVERSION_ARGUMENTS_H_

#include <napi.h>

#include <optional>
#include <string>
#include <vector>

#include "addon/conversion/values.h"

namespace mig {

// The arguments of one call, in order. The first wrong one leaves an error pending, a TypeError or
// the error that its getter or Proxy has thrown. Then the caller must return. The data of the call
// is the name of the function.
class Arguments {
 public:
  explicit Arguments(const Napi::CallbackInfo& info) : info_(info) {}

  template <typename T>
  T Next();

  bool ok() const { return ok_; }

 private:
  // `read` returns nothing for a value that is not `expected`.
  template <typename T>
  T Take(std::optional<T> (*read)(const Napi::Value&), const char* expected);

  const Napi::CallbackInfo& info_;
  std::size_t next_ = 0;
  bool ok_ = true;
};

template <>
unsigned int Arguments::Next();
template <>
std::string Arguments::Next();
template <>
std::optional<std::string> Arguments::Next();
template <>
Placement Arguments::Next();
template <>
std::vector<unsigned int> Arguments::Next();
template <>
std::vector<std::string> Arguments::Next();
template <>
std::optional<Selector> Arguments::Next();
template <>
Napi::Function Arguments::Next();

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_ARGUMENTS_H_
