#include "simulator/store/sim_machine.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <cstring>
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
ForkMutex& abandon_mutex = *new ForkMutex;

}  // namespace

std::string SimMachine::Create(const MachineSpec& spec, const std::string& path,
                               std::unique_ptr<SimMachine>& machine, const Preparation& prepare) {
  machine.reset();
  std::optional<NewFile> file;
  if (!path.empty()) file.emplace(path);
  Mapping mapping = file ? file->Map(spec) : MapPrivate(spec);
  if (mapping.store == nullptr) return std::move(mapping.error);
  std::unique_ptr<SimMachine> made(new SimMachine(mapping.store, path));
  std::string error = prepare ? prepare(*made) : std::string();
  if (error.empty() && file) error = file->Publish();
  if (error.empty()) machine = std::move(made);
  return error;
}

std::string SimMachine::Open(const std::string& path, std::unique_ptr<SimMachine>& machine) {
  Mapping mapping = MapExistingFile(path);
  machine.reset(mapping.store == nullptr ? nullptr : new SimMachine(mapping.store, path));
  return std::move(mapping.error);
}

SimMachine::SimMachine(Store* store, std::string path)
    : store_(store), path_(std::move(path)), host_(HostShapes()[store->header.host_shape]) {
  for (unsigned gpu = 0; gpu < kMaxGpus; ++gpu) gpu_uuids_[gpu] = migsim::GpuUuid(seed(), gpu);
}

SimMachine::~SimMachine() {
  Unmap(store_);
  if (Store* broken = broken_) Unmap(broken);
}

Store& SimMachine::LockedStore() const {
  constexpr unsigned kTimeoutMs = 10'000;
  while (true) {
    Store& store = this->store();
    if (LockWithin(store.mutex, kTimeoutMs)) return store;
    Abandon(store);
  }
}

void SimMachine::Abandon(Store& store) const {
  const std::lock_guard guard(abandon_mutex);
  if (store_ != &store) return;
  // A second time, this process's own memory would be damaged.
  Store* copy = broken() ? nullptr : MapCopy(store);
  if (copy == nullptr) std::abort();
  broken_ = &store;
  store_ = copy;
  std::fprintf(stderr, "libnvidia-ml.so.1 (simulated): %s\n", breakage().c_str());
}

std::string SimMachine::breakage() const {
  if (!broken()) return {};
  return "the machine is unusable: the lock of " + path_ + " is damaged or held";
}

unsigned SimMachine::gpu_count() const { return store().header.gpu_count; }

DriverVersion SimMachine::driver() const { return store().header.driver; }

DriverRules SimMachine::rules() const { return store().header.rules; }

std::uint64_t SimMachine::seed() const { return store().header.seed; }

std::uint64_t SimMachine::CallCount(FunctionId function) const {
  return store().call_counts[function].load(std::memory_order_relaxed);
}

void SimMachine::CountCall(FunctionId function) {
  store().call_counts[function].fetch_add(1, std::memory_order_relaxed);
}

void SimMachine::ResetCallCounts() {
  for (auto& count : store().call_counts) count.store(0, std::memory_order_relaxed);
}

std::vector<JournalEntry> SimMachine::Journal(std::uint64_t after) const {
  std::vector<JournalEntry> entries;
  const Reading reading(*this);
  const std::uint64_t last = reading.ledger().last_record;
  const std::uint64_t oldest = last < kJournalCapacity ? 1 : last - kJournalCapacity + 1;
  for (std::uint64_t sequence = std::max(after + 1, oldest); sequence <= last; ++sequence) {
    const JournalRecord& record = store().journal[sequence % kJournalCapacity];
    // A client killed before its commit may have overwritten the oldest record.
    const bool readable =
        record.function < ExportedFunctions().size() && record.kind <= kLastRecordKind;
    if (record.sequence != sequence || !readable) continue;
    entries.push_back({record, {}});
    if (record.kind != RecordKind::kAddProcess) continue;
    const JournalName& name = store().names[record.numbers[2] % kNameCapacity];
    if (name.sequence == sequence)
      entries.back().name = {name.text, strnlen(name.text, kProcessNameSize)};
  }
  return entries;
}

std::uint32_t SimMachine::session() const {
  const std::uint64_t session = session_.load(std::memory_order_acquire);
  return session >> 32 == BootNumber(store()) ? static_cast<std::uint32_t>(session) : 0;
}

void SimMachine::BeginSession() {
  // Numbers are unique in the process, so that a handle of one machine never fits another.
  static constinit std::uint32_t last_session = 0;
  const std::lock_guard guard(sessions_mutex);
  if (session() == 0) {
    sessions_ = 0;
    hidden_gpus_ = DrainingGpus();
    RenewSessionView();
    const std::uint64_t boot = BootNumber(store());
    session_.store(boot << 32 | ++last_session, std::memory_order_release);
  }
  ++sessions_;
}

bool SimMachine::EndSession() {
  const std::lock_guard guard(sessions_mutex);
  if (session() == 0) return ended_in_boot_ == BootNumber(store()) + 1ull;
  if (--sessions_ == 0) {
    session_.store(0, std::memory_order_release);
    ended_in_boot_ = BootNumber(store()) + 1ull;
  }
  return true;
}

std::uint32_t SimMachine::DrainingGpus() const {
  const Reading reading(*this);
  std::uint32_t draining = 0;
  for (unsigned gpu = 0; gpu < gpu_count(); ++gpu) {
    if (reading.Gpu(gpu).draining) draining |= 1u << gpu;
  }
  return draining;
}

// Calls of other threads use the view under the same lock.
void SimMachine::RenewSessionView() {
  const Reading reading(*this);
  session_view_.reset();
  if (reading.controls().stale_sessions == 0) return;
  session_view_ = std::make_unique<SessionView>();
  for (unsigned gpu = 0; gpu < gpu_count(); ++gpu) session_view_->See(gpu, reading.Gpu(gpu));
}

void SimMachine::ForgetParent() {
  sessions_ = 0;
  session_ = 0;
  ended_in_boot_ = 0;
  if (path_.empty()) MakeLocks(store());
}

}  // namespace migsim
