#include "simulator/model/catalog.h"

#include <algorithm>

namespace migsim {
namespace {

#include "catalog.inc"

constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool same_text(std::string_view a, std::string_view b) {
  return std::ranges::equal(a, b, {}, lower, lower);
}

bool names(std::string_view text, std::string_view name, std::string_view key) {
  constexpr std::string_view kVendor = "NVIDIA ";
  return same_text(text, name) || same_text(text, key) ||
         (name.starts_with(kVendor) && same_text(text, name.substr(kVendor.size())));
}

}  // namespace

std::span<const GpuModel> gpu_models() { return kModels; }

std::span<const KnownButNotSimulated> models_not_simulated() { return kNotSimulated; }

std::uint64_t catalog_hash() { return kCatalogHash; }

std::vector<std::string_view> keys_named(std::string_view text) {
  std::vector<std::string_view> keys;
  for (const GpuModel& model : kModels) {
    const std::string_view key = model.geometry->key;
    if (same_text(text, key)) return {key};
    if (names(text, model.name, key) && std::ranges::find(keys, key) == keys.end()) {
      keys.push_back(key);
    }
  }
  return keys;
}

const GpuModel* find_gpu_model(std::string_view text) {
  if (keys_named(text).size() > 1) return nullptr;
  const auto found = std::ranges::find_if(
      kModels, [&](const GpuModel& model) { return names(text, model.name, model.geometry->key); });
  return found == std::end(kModels) ? nullptr : found;
}

const KnownButNotSimulated* find_model_not_simulated(std::string_view text) {
  const auto found = std::ranges::find_if(kNotSimulated, [&](const KnownButNotSimulated& model) {
    return names(text, model.name, model.key);
  });
  return found == std::end(kNotSimulated) ? nullptr : found;
}

}  // namespace migsim
