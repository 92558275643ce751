// Single JavaScript values, read once: a getter or a Proxy may throw, run any code, or give another
// value the second time. Each function returns nothing for a value of the wrong type. If a read has
// thrown, its error is pending, too.
#ifndef MIG_ADDON_CONVERSION_VALUES_H_
#define MIG_ADDON_CONVERSION_VALUES_H_

#include <napi.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "nvml/gpu_instance.h"
#include "nvml/machine.h"

namespace mig {

// In UTF-16 units. The longest useful texts are paths, of at most 4,096 bytes.
constexpr std::size_t kLongestText = 65536;

// NVML 13.3 has 303 fields (NVML_FI_MAX), and a machine has at most 248 GPUs.
constexpr std::uint32_t kLongestList = 1024;

std::optional<unsigned int> ReadUnsigned(const Napi::Value& value);
// Refuses a zero character, because the driver and the system would read a shorter text.
std::optional<std::string> ReadText(const Napi::Value& value);
std::optional<Placement> ReadPlacement(const Napi::Value& value);
std::optional<Selector> ReadSelector(const Napi::Value& value);
std::optional<Napi::Function> ReadFunction(const Napi::Value& value);

// The type that one of these functions reads.
template <auto read>
using ReadBy = typename decltype(read(Napi::Value()))::value_type;

template <auto read>
std::optional<std::optional<ReadBy<read>>> ReadNullable(const Napi::Value& value) {
  if (value.IsNull()) return std::optional<ReadBy<read>>();
  auto inside = read(value);
  if (!inside) return std::nullopt;
  return inside;
}

// Node-API does not take a Proxy for an array, but an array can have getters and holes.
template <auto read>
std::optional<std::vector<ReadBy<read>>> ReadList(const Napi::Value& value) {
  if (!value.IsArray()) return std::nullopt;
  const auto array = value.As<Napi::Array>();
  const std::uint32_t length = array.Length();
  if (length > kLongestList) return std::nullopt;
  std::vector<ReadBy<read>> items;
  for (std::uint32_t i = 0; i < length; ++i) {
    auto item = read(array.Get(i));
    if (!item) return std::nullopt;
    items.push_back(std::move(*item));
  }
  return items;
}

}  // namespace mig

#endif  // MIG_ADDON_CONVERSION_VALUES_H_
