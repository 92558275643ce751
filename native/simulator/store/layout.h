// The memory of a machine: one mapping of fixed layout, the same in a file and in private memory.
//
// All mutable parts are sections with two copies each. The commit word says for each section which
// copy is live. A transaction writes the other copies and then stores the word once, so a killed
// client never leaves a partial change. Journal, names and events are rings. They are written
// beyond what the ledger counts, and become visible with it.
#ifndef MIG_SIMULATOR_STORE_LAYOUT_H_
#define MIG_SIMULATOR_STORE_LAYOUT_H_

#include <pthread.h>

#include <atomic>
#include <cstdint>

#include "simulator/model/driver_version.h"
#include "simulator/model/gpu_state.h"
#include "simulator/model/machine_spec.h"
#include "simulator/model/processes.h"
#include "simulator/store/controls.h"
#include "simulator/store/driver_lock.h"
#include "simulator/store/event_ring.h"
#include "simulator/store/journal.h"

namespace migsim {

inline constexpr char kStoreMagic[16] = "MIGSIM-MACHINE\n";
inline constexpr std::uint32_t kStoreLayout = 7;
inline constexpr unsigned kBootIdSize = 40;

struct StoreHeader {
  char magic[sizeof kStoreMagic];
  std::uint32_t layout;
  std::uint32_t gpu_count;
  std::uint64_t size;    // of the whole mapping
  std::uint64_t tables;  // catalog and function table of the library that made it
  std::uint64_t seed;
  DriverVersion driver;
  std::uint32_t host_shape;  // position in HostShapes()
  DriverRules rules;
  // The lock is alive only in this boot of this host, and in this very file. Otherwise it is made
  // anew.
  char boot_id[kBootIdSize];
  std::uint64_t file_device;
  std::uint64_t file_inode;
};

struct Ledger {
  std::uint64_t last_record;  // sequence number of the newest journal record
  std::uint64_t last_event;
  std::uint64_t last_name;
  std::uint32_t last_generation;
  // Counts up when GPUs come or go. Handles carry it, so all earlier handles are void.
  std::uint32_t enumeration;
};

template <typename Content>
struct Section {
  Content copies[2];
};

// Bits of the commit word. GPUs come first.
inline constexpr unsigned kLedgerBit = kMaxGpus;
inline constexpr unsigned kProcessesBit = kMaxGpus + 1;
inline constexpr unsigned kControlsBit = kMaxGpus + 2;
// The bits above count how often all NVML sessions have ended, by a reboot or an unloaded driver,
// so that the end and its effects are one change.
inline constexpr unsigned kBootShift = kMaxGpus + 3;

struct Store {
  StoreHeader header;
  alignas(64) pthread_mutex_t mutex;
  DriverLocks driver_locks;
  alignas(64) std::atomic<std::uint64_t> commit_word;
  std::atomic<std::uint32_t> event_counter;
  std::atomic<std::uint32_t> steered;  // not 0 while there is a fault or latency
  // Not 0 since the first fault or latency. Before, calls take no time and no driver lock.
  std::atomic<std::uint32_t> ever_steered;
  alignas(64) std::atomic<std::uint64_t> call_counts[kFunctionSlots];
  Section<Ledger> ledger;
  Section<GpuState> gpus[kMaxGpus];
  Section<ProcessTable> processes;
  Section<Controls> controls;
  Event events[kEventCapacity];
  JournalName names[kNameCapacity];
  JournalRecord journal[kJournalCapacity];
};

static_assert(std::atomic<std::uint64_t>::is_always_lock_free);
static_assert(std::atomic<std::uint32_t>::is_always_lock_free);

inline std::uint32_t BootNumber(const Store& store) {
  return static_cast<std::uint32_t>(store.commit_word.load(std::memory_order_acquire) >>
                                    kBootShift);
}

// Guards a mapping against a library that numbers models, profiles or functions differently, or has
// parts of another size.
std::uint64_t TablesHash();

// Initialises the locks of a store that no process uses.
void MakeLocks(Store& store);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_LAYOUT_H_
