#include "simulator/model/catalog.h"

#include <algorithm>

namespace migsim {
namespace {

#include "catalog.inc"

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool SameText(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, Lower, Lower);
}

bool Names(std::string_view text, std::string_view name, std::string_view key) {
  constexpr std::string_view kVendor = "NVIDIA ";
  return SameText(text, name) || SameText(text, key) ||
         (name.starts_with(kVendor) && SameText(text, name.substr(kVendor.size())));
}

}  // namespace

std::span<const GpuModel> GpuModels() { return kModels; }

std::span<const KnownButNotSimulated> ModelsNotSimulated() { return kNotSimulated; }

std::uint64_t CatalogHash() { return kCatalogHash; }

std::vector<std::string_view> KeysNamed(std::string_view text) {
  std::vector<std::string_view> keys;
  for (const GpuModel& model : kModels) {
    const std::string_view key = model.geometry->key;
    if (SameText(text, key)) return {key};
    if (Names(text, model.name, key) && std::ranges::find(keys, key) == keys.end()) {
      keys.push_back(key);
    }
  }
  return keys;
}

const GpuModel* FindGpuModel(std::string_view text) {
  if (KeysNamed(text).size() > 1) return nullptr;
  const auto found = std::ranges::find_if(
      kModels, [&](const GpuModel& model) { return Names(text, model.name, model.geometry->key); });
  return found == std::end(kModels) ? nullptr : found;
}

const KnownButNotSimulated* FindModelNotSimulated(std::string_view text) {
  const auto found = std::ranges::find_if(kNotSimulated, [&](const KnownButNotSimulated& model) {
    return Names(text, model.name, model.key);
  });
  return found == std::end(kNotSimulated) ? nullptr : found;
}

}  // namespace migsim
