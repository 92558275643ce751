// The record of every call that changes, or tries to change, the machine, and of every action of
// the control side. It is enough to repeat all of it.
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
  kFaultCounted,  // a call that counted against a fault
  kLatency,
  kLatencyPreset,
  kStaleSessions,
  kIdleMemory,
  kUnloadDriver,
  kLoadDriver,
  kRequestMode,
  kRaiseXid,
};
inline constexpr RecordKind kLastRecordKind = RecordKind::kRaiseXid;

// The names of processes are stored separately, because few records have one.
inline constexpr std::uint64_t kNameCapacity = 4096;  // older names are overwritten

struct JournalName {
  std::uint64_t sequence;  // of its record
  char text[kProcessNameSize];
};

inline constexpr std::uint16_t kWholeMachine = 0xFFFF;  // in place of a GPU

struct JournalRecord {
  std::uint64_t sequence;  // from 1, without holes
  std::uint32_t pid;
  FunctionId function;
  std::uint16_t gpu;  // its position in the machine, or kWholeMachine
  // kNotRecorded if the call has no such argument or result.
  std::uint32_t gpu_instance = kNotRecorded;
  std::uint32_t compute_instance = kNotRecorded;
  std::uint32_t profile_id = kNotRecorded;
  std::uint32_t start = kNotRecorded;
  std::uint32_t size = kNotRecorded;
  // The requested value of a setting. For nvmlDeviceSetMigMode, `activation` says whether it took
  // effect (nvmlReturn_t).
  std::uint32_t setting = kNotRecorded;
  std::uint32_t activation = kNotRecorded;
  std::int32_t result;  // nvmlReturn_t
  RecordKind kind = RecordKind::kCall;
  bool struck = false;  // an injected fault answered: the call did nothing
  // For actions of the control side with such an argument: ProcessKind, Privileges, ResetPolicy,
  // LatencyPreset, whether sessions are stale, or whether MIG mode is requested.
  std::uint8_t value = 0;
  // kAddProcess: pid, memory in MiB, and position of the name. kRemoveProcess: the pid. kFault: the
  // calls before, the calls that fail, and milliseconds. kLatency: microseconds. kIdleMemory: MiB.
  // kRaiseXid: the number of the Xid.
  std::uint32_t numbers[3] = {};
};

// An entry of SimMachine::Journal.
struct JournalEntry {
  JournalRecord record;
  std::string name;  // for kAddProcess, as long as it is kept
};

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_JOURNAL_H_
