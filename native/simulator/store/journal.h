// The record of every call that changes, or tried to change, something of the
// machine, and of what the control side did to it: enough to do all of it
// again.
#ifndef MIG_SIMULATOR_STORE_JOURNAL_H_
#define MIG_SIMULATOR_STORE_JOURNAL_H_

#include <cstdint>
#include <string>

#include "simulator/model/limits.h"
#include "simulator/store/exported_functions.h"

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
  kFault,
  kClearFaults,
  kFaultCounted,  // a call that a fault was waiting for
  kLatency,
  kLatencyPreset,
  kStaleSessions,
  kIdleMemory,
};
inline constexpr RecordKind kLastRecordKind = RecordKind::kIdleMemory;

// The names of processes lie apart: few records have one.
inline constexpr std::uint64_t kNameCapacity = 4096;  // older names are overwritten

struct JournalName {
  std::uint64_t sequence;  // of the record that it belongs to
  char text[kProcessNameSize];
};

inline constexpr std::uint16_t kWholeMachine = 0xFFFF;  // in place of a GPU

struct JournalRecord {
  std::uint64_t sequence;  // from 1, without holes
  std::uint32_t pid;
  FunctionId function;
  std::uint16_t gpu;  // its place in the machine, or kWholeMachine
  // kNotRecorded where the call has no such argument or result.
  std::uint32_t gpu_instance = kNotRecorded;
  std::uint32_t compute_instance = kNotRecorded;
  std::uint32_t profile_id = kNotRecorded;
  std::uint32_t start = kNotRecorded;
  std::uint32_t size = kNotRecorded;
  // What a setting was to become. Of nvmlDeviceSetMigMode also whether it did
  // (nvmlReturn_t).
  std::uint32_t setting = kNotRecorded;
  std::uint32_t activation = kNotRecorded;
  std::int32_t result;  // nvmlReturn_t
  RecordKind kind = RecordKind::kCall;
  bool struck = false;  // an injected fault answered: the call did nothing
  // Of what the control side did, as far as it has such an argument.
  // ProcessKind, Privileges, ResetPolicy, LatencyPreset, or whether sessions are stale
  std::uint8_t value = 0;
  // Of kAddProcess pid, memory in MiB and place of the name; of kRemoveProcess
  // the pid; of kFault the calls before, the calls that fail, and milliseconds;
  // of kLatency microseconds; of kIdleMemory MiB.
  std::uint32_t numbers[3] = {};
};

// What SimMachine::journal gives.
struct JournalEntry {
  JournalRecord record;
  std::string name;  // of kAddProcess, as long as it is kept
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_JOURNAL_H_
