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

constexpr std::uint64_t bit(unsigned section) { return 1ull << section; }

template <typename Content>
Content& live_copy(Section<Content>& section, std::uint64_t live, unsigned number) {
  return section.copies[(live >> number) & 1];
}

// The copy to write: made from the live one at the first touch.
template <typename Content>
Content& shadow_copy(Section<Content>& section, std::uint64_t committed, std::uint64_t& live,
                     unsigned number) {
  if (((committed ^ live) & bit(number)) == 0) {
    const Content& original = live_copy(section, live, number);
    live ^= bit(number);
    live_copy(section, live, number) = original;
  }
  return live_copy(section, live, number);
}

std::uint64_t committed(const Store& store) {
  return store.commit_word.load(std::memory_order_relaxed);
}

bool is_steering(const Controls& controls) {
  return controls.fault_count != 0 || controls.latency_preset != LatencyPreset::kNone ||
         std::ranges::any_of(controls.latency_us, [](std::uint32_t us) { return us != 0; });
}

}  // namespace

Reading::Reading(const Machine& machine, Sight sight)
    : store_(machine.locked_store()),
      live_(committed(store_)),
      view_(sight == Sight::kOfSession ? machine.session_view() : nullptr) {}

Reading::~Reading() { unlock(store_.mutex); }

const GpuState& Reading::gpu(unsigned index) const {
  const GpuState& live = live_copy(store_.gpus[index], live_, index);
  return view_ == nullptr ? live : view_->gpu(index, live);
}

const ProcessTable& Reading::processes() const {
  return live_copy(store_.processes, live_, kProcessesBit);
}

const Controls& Reading::controls() const {
  return live_copy(store_.controls, live_, kControlsBit);
}

const Ledger& Reading::ledger() const { return live_copy(store_.ledger, live_, kLedgerBit); }

DriverVersion Reading::driver() const { return store_.header.driver; }

std::uint32_t Reading::enumeration() const { return ledger().enumeration; }

GpuState& Transaction::change_gpu(unsigned index) {
  return shadow_copy(store_.gpus[index], committed(store_), live_, index);
}

ProcessTable& Transaction::change_processes() {
  return shadow_copy(store_.processes, committed(store_), live_, kProcessesBit);
}

Controls& Transaction::change_controls() {
  return shadow_copy(store_.controls, committed(store_), live_, kControlsBit);
}

Ledger& Transaction::change_ledger() {
  return shadow_copy(store_.ledger, committed(store_), live_, kLedgerBit);
}

std::uint32_t Transaction::next_generation() {
  std::uint32_t& last = change_ledger().last_generation;
  if (++last == 0) ++last;  // 0 marks a free slot
  return last;
}

bool Transaction::changes_instances(unsigned index) const {
  return !gpu(index).removed &&
         !same_instances(gpu(index), live_copy(store_.gpus[index], committed(store_), index));
}

void Transaction::reboot() { live_ += bit(kBootShift); }

void Transaction::renumber_gpus() { ++change_ledger().enumeration; }

void Transaction::record_named(JournalRecord record, const char (&name)[kProcessNameSize]) {
  const std::uint64_t number = ++change_ledger().last_name;
  JournalName& kept = store_.names[number % kNameCapacity];
  kept.sequence = ledger().last_record + 1;
  std::ranges::copy(name, kept.text);
  record.numbers[2] = static_cast<std::uint32_t>(number % kNameCapacity);
  this->record(record);
}

void Transaction::record(JournalRecord record) {
  record.sequence = ++change_ledger().last_record;
  record.pid = static_cast<std::uint32_t>(getpid());
  store_.journal[record.sequence % kJournalCapacity] = record;
}

void Transaction::raise(Event event) {
  event.sequence = ++change_ledger().last_event;
  store_.events[event.sequence % kEventCapacity] = event;
  raised_ = true;
}

void Transaction::commit() {
  const bool controls_changed = ((committed(store_) ^ live_) & bit(kControlsBit)) != 0;
  // Set too long costs a call some time; set too late would let it pass a
  // fault.
  if (controls_changed) {
    store_.steered.store(1, std::memory_order_release);
    if (is_steering(controls())) store_.ever_steered.store(1, std::memory_order_release);
  }
  store_.commit_word.store(live_, std::memory_order_release);
  if (controls_changed) store_.steered.store(is_steering(controls()), std::memory_order_release);
  if (!raised_) return;
  raised_ = false;
  store_.event_counter.fetch_add(1, std::memory_order_release);
  syscall(SYS_futex, &store_.event_counter, FUTEX_WAKE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace migsim
