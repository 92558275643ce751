#include "nvml/known_profiles.h"

#include <utility>

namespace mig {

std::shared_ptr<const GpuProfiles> KnownProfiles::Find(const std::string& key) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = profiles_.find(key);
  if (found == profiles_.end()) return nullptr;
  return found->second;
}

void KnownProfiles::Remember(const std::string& key, std::shared_ptr<const GpuProfiles> profiles) {
  const std::lock_guard<std::mutex> guard(mutex_);
  profiles_[key] = std::move(profiles);
}

}  // namespace mig
