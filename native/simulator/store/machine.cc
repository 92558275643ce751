#include "simulator/store/machine.h"

#include <algorithm>
#include <mutex>
#include <optional>
#include <utility>

#include "simulator/model/identity.h"
#include "simulator/store/fork_mutex.h"
#include "simulator/store/layout.h"
#include "simulator/store/lock.h"
#include "simulator/store/mapping.h"
#include "simulator/store/transaction.h"

namespace migsim {

namespace {

ForkMutex& sessions_mutex = *new ForkMutex;

}  // namespace

std::string Machine::create(const MachineSpec& spec, const std::string& path,
                            std::unique_ptr<Machine>& machine, const Preparation& prepare) {
  machine.reset();
  std::optional<NewFile> file;
  if (!path.empty()) file.emplace(path);
  Mapping mapping = file ? file->map(spec) : map_private(spec);
  if (mapping.store == nullptr) return std::move(mapping.error);
  std::unique_ptr<Machine> made(new Machine(mapping.store, path));
  std::string error = prepare ? prepare(*made) : std::string();
  if (error.empty() && file) error = file->publish();
  if (error.empty()) machine = std::move(made);
  return error;
}

std::string Machine::open(const std::string& path, std::unique_ptr<Machine>& machine) {
  Mapping mapping = map_existing_file(path);
  machine.reset(mapping.store == nullptr ? nullptr : new Machine(mapping.store, path));
  return std::move(mapping.error);
}

Machine::Machine(Store* store, std::string path) : store_(store), path_(std::move(path)) {
  for (unsigned gpu = 0; gpu < kMaxGpus; ++gpu) gpu_uuids_[gpu] = migsim::gpu_uuid(seed(), gpu);
}

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
    const bool readable =
        record.function < exported_functions().size() && record.kind <= RecordKind::kResetPolicy;
    if (record.sequence == sequence && readable) records.push_back(record);
  }
  return records;
}

std::uint32_t Machine::session() const {
  const std::uint64_t session = session_.load(std::memory_order_acquire);
  return session >> 32 == boot_number(*store_) ? static_cast<std::uint32_t>(session) : 0;
}

void Machine::begin_session() {
  // Numbers are unique in the process, so that a handle of one machine never fits another.
  static constinit std::uint32_t last_session = 0;
  const std::lock_guard guard(sessions_mutex);
  if (session() == 0) {
    sessions_ = 0;
    const std::uint64_t boot = boot_number(*store_);
    session_.store(boot << 32 | ++last_session, std::memory_order_release);
  }
  ++sessions_;
}

bool Machine::end_session() {
  const std::lock_guard guard(sessions_mutex);
  if (session() == 0) return false;
  if (--sessions_ == 0) session_.store(0, std::memory_order_release);
  return true;
}

void Machine::forget_parent() {
  sessions_ = 0;
  session_ = 0;
  if (path_.empty()) make_lock(store_->mutex);
}

}  // namespace migsim
