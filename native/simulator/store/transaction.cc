#include "simulator/store/transaction.h"

#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <climits>

#include "simulator/store/layout.h"
#include "simulator/store/lock.h"

namespace migsim {
namespace {

constexpr std::uint64_t Bit(unsigned section) { return 1ull << section; }

template <typename Content>
Content& LiveCopy(Section<Content>& section, std::uint64_t live, unsigned number) {
  return section.copies[(live >> number) & 1];
}

// The copy to write, which the first access makes from the live one.
template <typename Content>
Content& ShadowCopy(Section<Content>& section, std::uint64_t committed, std::uint64_t& live,
                    unsigned number) {
  if (((committed ^ live) & Bit(number)) == 0) {
    const Content& original = LiveCopy(section, live, number);
    live ^= Bit(number);
    LiveCopy(section, live, number) = original;
  }
  return LiveCopy(section, live, number);
}

std::uint64_t Committed(const Store& store) {
  return store.commit_word.load(std::memory_order_relaxed);
}

bool IsSteering(const Controls& controls) {
  return controls.fault_count != 0 || controls.latency_preset != LatencyPreset::kNone ||
         std::ranges::any_of(controls.latency_us, [](std::uint32_t us) { return us != 0; });
}

}  // namespace

Reading::Reading(const SimMachine& machine, Sight sight)
    : store_(machine.LockedStore()),
      live_(Committed(store_)),
      view_(sight == Sight::kOfSession ? machine.session_view() : nullptr) {}

Reading::~Reading() { Unlock(store_.mutex); }

const GpuState& Reading::Gpu(unsigned index) const {
  const GpuState& live = LiveCopy(store_.gpus[index], live_, index);
  return view_ == nullptr ? live : view_->Gpu(index, live);
}

const ProcessTable& Reading::processes() const {
  return LiveCopy(store_.processes, live_, kProcessesBit);
}

const Controls& Reading::controls() const { return LiveCopy(store_.controls, live_, kControlsBit); }

const Ledger& Reading::ledger() const { return LiveCopy(store_.ledger, live_, kLedgerBit); }

DriverVersion Reading::driver() const { return store_.header.driver; }

std::uint32_t Reading::enumeration() const { return ledger().enumeration; }

GpuState& Transaction::ChangeGpu(unsigned index) {
  return ShadowCopy(store_.gpus[index], Committed(store_), live_, index);
}

ProcessTable& Transaction::ChangeProcesses() {
  return ShadowCopy(store_.processes, Committed(store_), live_, kProcessesBit);
}

Controls& Transaction::ChangeControls() {
  return ShadowCopy(store_.controls, Committed(store_), live_, kControlsBit);
}

Ledger& Transaction::ChangeLedger() {
  return ShadowCopy(store_.ledger, Committed(store_), live_, kLedgerBit);
}

std::uint32_t Transaction::NextGeneration() {
  std::uint32_t& last = ChangeLedger().last_generation;
  if (++last == 0) ++last;  // 0 marks a free slot
  return last;
}

bool Transaction::ChangesInstances(unsigned index) const {
  return !Gpu(index).removed &&
         !SameInstances(Gpu(index), LiveCopy(store_.gpus[index], Committed(store_), index));
}

void Transaction::EndSessions() { live_ += Bit(kBootShift); }

void Transaction::RenumberGpus() { ++ChangeLedger().enumeration; }

void Transaction::RecordNamed(JournalRecord record, const char (&name)[kProcessNameSize]) {
  const std::uint64_t number = ++ChangeLedger().last_name;
  JournalName& kept = store_.names[number % kNameCapacity];
  kept.sequence = ledger().last_record + 1;
  std::ranges::copy(name, kept.text);
  record.numbers[2] = static_cast<std::uint32_t>(number % kNameCapacity);
  this->Record(record);
}

void Transaction::Record(JournalRecord record) {
  record.sequence = ++ChangeLedger().last_record;
  record.pid = static_cast<std::uint32_t>(getpid());
  store_.journal[record.sequence % kJournalCapacity] = record;
}

void Transaction::Raise(Event event) {
  event.sequence = ++ChangeLedger().last_event;
  store_.events[event.sequence % kEventCapacity] = event;
  raised_ = true;
}

void Transaction::Commit() {
  const bool controls_changed = ((Committed(store_) ^ live_) & Bit(kControlsBit)) != 0;
  // A flag that is set too long costs a call some time; one that is set too late would miss a
  // fault.
  if (controls_changed) {
    store_.steered.store(1, std::memory_order_release);
    if (IsSteering(controls())) store_.ever_steered.store(1, std::memory_order_release);
  }
  store_.commit_word.store(live_, std::memory_order_release);
  if (controls_changed) store_.steered.store(IsSteering(controls()), std::memory_order_release);
  if (!raised_) return;
  raised_ = false;
  store_.event_counter.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &store_.event_counter, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace migsim
