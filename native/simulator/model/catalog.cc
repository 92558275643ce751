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

const GpuModel* find_gpu_model(std::string_view text) {
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
