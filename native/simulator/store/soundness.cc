#include "simulator/store/soundness.h"

#include <algorithm>
#include <bitset>
#include <cstring>

#include "simulator/model/catalog.h"
#include "simulator/model/host_shape.h"
#include "simulator/model/validation.h"
#include "simulator/store/lock.h"

namespace migsim {
namespace {

// Calls hold the lock for microseconds.
constexpr unsigned kLockTimeoutMs = 5000;

// Sequence numbers count calls; beyond this limit, they could wrap around to 0.
constexpr std::uint64_t kHighestSequence = 1ull << 62;

bool IsSound(const Controls& controls) {
  if (controls.privileges > Privileges::kAdmin || controls.reset_policy > ResetPolicy::kRefused ||
      controls.latency_preset > LatencyPreset::kH100 || controls.fault_count > kMaxFaults) {
    return false;
  }
  return std::all_of(controls.faults, controls.faults + controls.fault_count,
                     [](const Fault& fault) {
                       return std::memchr(fault.function, '\0', kFaultNameSize) != nullptr;
                     });
}

bool IsSound(const Ledger& ledger) {
  return ledger.last_record < kHighestSequence && ledger.last_event < kHighestSequence &&
         ledger.last_name < kHighestSequence;
}

bool IsSound(const Store& store) {
  const std::uint64_t live = store.commit_word.load(std::memory_order_acquire);
  const auto copy = [live](unsigned section) { return (live >> section) & 1; };
  std::bitset<kMinorNumbers> minors;
  for (unsigned i = 0; i < store.header.gpu_count; ++i) {
    const GpuState& gpu = store.gpus[i].copies[copy(i)];
    if (!IsValid(gpu) || minors[gpu.minor]) return false;
    minors[gpu.minor] = true;
  }
  const ProcessTable& processes = store.processes.copies[copy(kProcessesBit)];
  if (processes.count > kMaxProcesses) return false;
  for (const SimProcess& process : processes.all()) {
    if (process.gpu >= store.header.gpu_count) return false;
    if (!IsValid(process, store.gpus[process.gpu].copies[copy(process.gpu)])) return false;
  }
  return IsSound(store.ledger.copies[copy(kLedgerBit)]) &&
         IsSound(store.controls.copies[copy(kControlsBit)]);
}

}  // namespace

std::uint64_t TablesHash() {
  std::uint64_t hash = CatalogHash();
  // FNV-1a
  const auto add = [&hash](std::uint64_t value) { hash = (hash ^ value) * 0x100000001B3ull; };
  // In order: the positions of the names are the function ids of counters and journal.
  for (const ExportedFunction& function : ExportedFunctions()) {
    for (const char c : function.name) add(static_cast<unsigned char>(c));
    add('\n');
  }
  // The total size can hide that a part has grown, because of alignment.
  for (const std::size_t size :
       {sizeof(StoreHeader), sizeof(DriverLocks), sizeof(Ledger), sizeof(GpuState),
        sizeof(SimProcess), sizeof(ProcessTable), sizeof(Controls), sizeof(Event),
        sizeof(JournalName), sizeof(JournalRecord)}) {
    add(size);
  }
  return hash;
}

std::string WhyForeign(const StoreHeader& header) {
  if (std::memcmp(header.magic, kStoreMagic, sizeof kStoreMagic) != 0) {
    return "does not hold a simulated machine";
  }
  if (header.layout != kStoreLayout || header.size != sizeof(Store)) {
    return "holds a simulated machine of another version of the library";
  }
  if (header.tables != TablesHash()) {
    return "holds a simulated machine made with another GPU catalog";
  }
  if (header.gpu_count > kMaxGpus || header.driver < kOldestDriver ||
      header.host_shape >= HostShapes().size() ||
      header.gpu_count > HostShapes()[header.host_shape].most_gpus ||
      header.rules.compute_places > ComputePlaces::kOther || header.rules.checks > Checks::kLoose) {
    return "holds a damaged machine";
  }
  return {};
}

std::string WhyUnsound(Store& store) {
  if (!LockWithin(store.mutex, kLockTimeoutMs)) {
    return "is unusable: its lock is damaged or held";
  }
  const bool sound = IsSound(store);
  Unlock(store.mutex);
  return sound ? "" : "holds a damaged machine";
}

}  // namespace migsim
