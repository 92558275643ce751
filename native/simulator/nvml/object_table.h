// Objects of this process that clients know by handle: event sets and samples. As with all handles,
// the caller's pointer is only a number.
#ifndef MIG_SIMULATOR_NVML_OBJECT_TABLE_H_
#define MIG_SIMULATOR_NVML_OBJECT_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <mutex>

#include "simulator/store/fork_mutex.h"

namespace migsim {

template <typename Handle, typename Object>
class ObjectTable {
 public:
  Handle Add(std::shared_ptr<Object> object) {
    const std::lock_guard guard(mutex_);
    objects_.emplace(++last_, std::move(object));
    return reinterpret_cast<Handle>(kMagic | last_);
  }

  // Null for an invalid handle. A call that still uses a freed object keeps it alive.
  std::shared_ptr<Object> Find(Handle handle) {
    const std::lock_guard guard(mutex_);
    const auto found = objects_.find(reinterpret_cast<std::uint64_t>(handle) ^ kMagic);
    return found == objects_.end() ? nullptr : found->second;
  }

  bool Remove(Handle handle) {
    const std::lock_guard guard(mutex_);
    return objects_.erase(reinterpret_cast<std::uint64_t>(handle) ^ kMagic) != 0;
  }

  static ObjectTable& Instance() { return table_; }

 private:
  // No user-space address on x86-64 or aarch64 begins with this byte.
  static constexpr std::uint64_t kMagic = 0xE5ull << 56;

  // Created with the library, so that no fork can interrupt its construction. Never destroyed:
  // other threads may still be inside calls when the process exits.
  static inline ObjectTable& table_ = *new ObjectTable;

  ForkMutex mutex_;
  std::map<std::uint64_t, std::shared_ptr<Object>> objects_;
  std::uint64_t last_ = 0;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_OBJECT_TABLE_H_
