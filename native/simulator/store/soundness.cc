#include "simulator/store/soundness.h"

#include <cstring>

#include "simulator/model/catalog.h"
#include "simulator/model/validation.h"
#include "simulator/store/lock.h"

namespace migsim {
namespace {

bool is_sound(const Controls& controls) {
  return controls.privileges <= Privileges::kAdmin &&
         controls.reset_policy <= ResetPolicy::kRefused &&
         controls.latency_preset <= LatencyPreset::kH100 && controls.fault_count <= kMaxFaults;
}

bool is_sound(const Store& store) {
  const std::uint64_t live = store.commit_word.load(std::memory_order_acquire);
  const auto copy = [live](unsigned section) { return (live >> section) & 1; };
  for (unsigned i = 0; i < store.header.gpu_count; ++i) {
    if (!is_valid(store.gpus[i].copies[copy(i)])) return false;
  }
  return is_valid(store.processes.copies[copy(kProcessesBit)], store.header.gpu_count) &&
         is_sound(store.controls.copies[copy(kControlsBit)]);
}

}  // namespace

std::uint64_t tables_hash() {
  std::uint64_t hash = catalog_hash();
  // FNV-1a over the names, in order: their positions are the function ids of counters and journal.
  for (const ExportedFunction& function : exported_functions()) {
    for (const char c : function.name) {
      hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ull;
    }
    hash = (hash ^ '\n') * 0x100000001B3ull;
  }
  return hash;
}

std::string why_foreign(const StoreHeader& header) {
  if (std::memcmp(header.magic, kStoreMagic, sizeof kStoreMagic) != 0) {
    return "does not hold a simulated machine";
  }
  if (header.layout != kStoreLayout || header.size != sizeof(Store)) {
    return "holds a simulated machine of another version of the library";
  }
  if (header.tables != tables_hash()) {
    return "holds a simulated machine made with another GPU catalog";
  }
  if (header.gpu_count > kMaxGpus) return "holds a damaged machine";
  return {};
}

std::string why_unsound(Store& store) {
  lock(store.mutex);
  const bool sound = is_sound(store);
  unlock(store.mutex);
  return sound ? "" : "holds a damaged machine";
}

}  // namespace migsim
