#include "simulator/store/machine.h"

#include <algorithm>
#include <utility>

#include "simulator/store/layout.h"
#include "simulator/store/lock.h"
#include "simulator/store/mapping.h"
#include "simulator/store/transaction.h"

namespace migsim {

std::string Machine::create(const MachineSpec& spec, const std::string& path,
                            std::unique_ptr<Machine>& machine) {
  Mapping mapping = path.empty() ? map_private(spec) : map_new_file(spec, path);
  machine.reset(mapping.store == nullptr ? nullptr : new Machine(mapping.store, path));
  return std::move(mapping.error);
}

std::string Machine::open(const std::string& path, std::unique_ptr<Machine>& machine) {
  Mapping mapping = map_existing_file(path);
  machine.reset(mapping.store == nullptr ? nullptr : new Machine(mapping.store, path));
  return std::move(mapping.error);
}

Machine::Machine(Store* store, std::string path) : store_(store), path_(std::move(path)) {}

Machine::~Machine() { unmap(store_); }

unsigned Machine::gpu_count() const { return store_->header.gpu_count; }

DriverVersion Machine::driver() const { return store_->header.driver; }

std::uint64_t Machine::seed() const { return store_->header.seed; }

std::uint64_t Machine::call_count(FunctionId function) const {
  return store_->call_counts[function].load(std::memory_order_relaxed);
}

void Machine::count_call(FunctionId function) {
  store_->call_counts[function].fetch_add(1, std::memory_order_relaxed);
}

void Machine::reset_call_counts() {
  for (auto& count : store_->call_counts) count.store(0, std::memory_order_relaxed);
}

std::vector<JournalRecord> Machine::journal(std::uint64_t after) const {
  std::vector<JournalRecord> records;
  const Reading reading(*this);
  const std::uint64_t last = reading.ledger().last_record;
  const std::uint64_t oldest = last < kJournalCapacity ? 1 : last - kJournalCapacity + 1;
  for (std::uint64_t sequence = std::max(after + 1, oldest); sequence <= last; ++sequence) {
    const JournalRecord& record = store_->journal[sequence % kJournalCapacity];
    // A client killed before its commit may have overwritten the oldest record.
    if (record.sequence == sequence) records.push_back(record);
  }
  return records;
}

void Machine::begin_session() {
  // Numbers are unique in the process, so that a handle of one machine never fits another.
  static std::atomic<std::uint32_t> last_session = 0;
  if (sessions_.fetch_add(1) == 0) session_.store(++last_session, std::memory_order_release);
}

bool Machine::end_session() {
  std::uint32_t count = sessions_.load();
  do {
    if (count == 0) return false;
  } while (!sessions_.compare_exchange_weak(count, count - 1));
  if (count == 1) session_.store(0, std::memory_order_release);
  return true;
}

void Machine::forget_parent() {
  sessions_ = 0;
  session_ = 0;
  if (path_.empty()) make_lock(store_->mutex);
}

}  // namespace migsim
