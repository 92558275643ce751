#include "nvml/known_gpus.h"

#include <utility>

namespace mig {

std::shared_ptr<const KnownGpu> KnownGpus::Find(const std::string& key) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = gpus_.find(key);
  if (found == gpus_.end()) return nullptr;
  return found->second;
}

void KnownGpus::Remember(const std::string& key, std::shared_ptr<const KnownGpu> gpu) {
  const std::lock_guard<std::mutex> guard(mutex_);
  gpus_[key] = std::move(gpu);
}

}  // namespace mig
