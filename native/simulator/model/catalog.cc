#include "simulator/model/catalog.h"

#include <algorithm>
#include <string>

namespace migsim {
namespace {

#include "catalog.inc"

constexpr char Lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// One spelling for a name as NVML writes it and as labels of Kubernetes nodes do, which have
// hyphens for white space, with or without the vendor.
std::string ModelWord(std::string_view name) {
  constexpr std::string_view kVendor = "nvidia-";
  std::string word;
  for (const char c : name) {
    const bool joins = c == ' ' || c == '\t' || c == '-';
    if (!joins)
      word += Lower(c);
    else if (!word.ends_with('-'))
      word += '-';
  }
  if (word.starts_with(kVendor)) word.erase(0, kVendor.size());
  return word;
}

bool Names(std::string_view text, std::string_view name, std::string_view key) {
  const std::string word = ModelWord(text);
  return word == ModelWord(name) || word == ModelWord(key);
}

}  // namespace

std::span<const GpuModel> GpuModels() { return kModels; }

std::span<const KnownButNotSimulated> ModelsNotSimulated() { return kNotSimulated; }

std::uint64_t CatalogHash() { return kCatalogHash; }

std::vector<std::string_view> KeysNamed(std::string_view text) {
  std::vector<std::string_view> keys;
  for (const GpuModel& model : kModels) {
    const std::string_view key = model.geometry->key;
    if (ModelWord(text) == ModelWord(key)) return {key};
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
