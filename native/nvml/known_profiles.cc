#include "nvml/known_profiles.h"

#include <deque>
#include <utility>

namespace mig {
namespace {

// Never destroyed: at exit, other threads may still be in a call.
struct Tables {
  std::mutex mutex;
  // A deque, because its elements do not move when it grows.
  std::deque<ProfileTable> tables;
};

Tables& AllTables() {
  static auto& all = *new Tables;
  return all;
}

}  // namespace

const ProfileTable* ProfileTable::Of(GpuProfiles profiles) {
  auto& [mutex, tables] = AllTables();
  const std::lock_guard<std::mutex> guard(mutex);
  for (const auto& table : tables) {
    if (table.profiles == profiles) return &table;
  }
  const auto number = static_cast<unsigned int>(tables.size());
  return &tables.emplace_back(ProfileTable{number, std::move(profiles)});
}

const ProfileTable* ProfileTable::Find(unsigned int number) {
  auto& [mutex, tables] = AllTables();
  const std::lock_guard<std::mutex> guard(mutex);
  return number < tables.size() ? &tables[number] : nullptr;
}

const ProfileTable* KnownProfiles::Find(const Key& key) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = tables_.find(key);
  return found == tables_.end() ? nullptr : found->second;
}

void KnownProfiles::Remember(const Key& key, const ProfileTable* table) {
  const std::lock_guard<std::mutex> guard(mutex_);
  tables_[{std::string(key.uuid), std::string(key.name), key.pci_device_id, key.memory_total,
           std::string(key.driver_version)}] = table;
}

void KnownProfiles::Forget() {
  const std::lock_guard<std::mutex> guard(mutex_);
  tables_.clear();
}

}  // namespace mig
