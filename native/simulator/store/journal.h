// The record of every call that changes, or tried to change, the MIG mode or an instance.
#ifndef MIG_SIMULATOR_STORE_JOURNAL_H_
#define MIG_SIMULATOR_STORE_JOURNAL_H_

#include <cstdint>

#include "simulator/model/limits.h"
#include "simulator/store/functions.h"

namespace migsim {

inline constexpr std::uint64_t kJournalCapacity = 65536;  // older records are overwritten
inline constexpr std::uint32_t kNotRecorded = 0xFFFFFFFFu;

struct JournalRecord {
  std::uint64_t sequence;  // from 1, without holes
  std::uint32_t pid;
  FunctionId function;
  std::uint16_t gpu;
  // kNotRecorded where the call has no such argument or result.
  std::uint32_t gpu_instance = kNotRecorded;
  std::uint32_t compute_instance = kNotRecorded;
  std::uint32_t profile_id = kNotRecorded;
  std::uint32_t start = kNotRecorded;
  std::uint32_t size = kNotRecorded;
  std::uint32_t mode = kNotRecorded;  // nvmlDeviceSetMigMode only
  std::int32_t result;                // nvmlReturn_t
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_JOURNAL_H_
