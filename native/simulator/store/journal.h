// The record of every call that changes, or tried to change, the MIG mode or an instance, and of
// what the control side did to the machine: enough to do all of it again.
#ifndef MIG_SIMULATOR_STORE_JOURNAL_H_
#define MIG_SIMULATOR_STORE_JOURNAL_H_

#include <cstdint>

#include "simulator/model/limits.h"
#include "simulator/store/functions.h"

namespace migsim {

inline constexpr std::uint64_t kJournalCapacity = 65536;  // older records are overwritten
inline constexpr std::uint32_t kNotRecorded = 0xFFFFFFFFu;

enum class RecordKind : std::uint8_t {
  kCall,
  kAddProcess,
  kRemoveProcess,
  kLoseGpu,
  kResetGpu,
  kReboot,
  kPrivileges,
  kResetPolicy,
};

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
  // nvmlDeviceSetMigMode only: the mode asked for, and whether it took effect (nvmlReturn_t).
  std::uint32_t mode = kNotRecorded;
  std::uint32_t activation = kNotRecorded;
  std::int32_t result;  // nvmlReturn_t
  RecordKind kind = RecordKind::kCall;
  // Of what the control side did, as far as it has such an argument.
  std::uint8_t value = 0;  // ProcessKind, Privileges or ResetPolicy
  std::uint32_t process_pid = 0;
  std::uint32_t process_memory_mib = 0;
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_JOURNAL_H_
