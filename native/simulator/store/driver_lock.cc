#include "simulator/store/driver_lock.h"

#include <array>

#include "simulator/store/driver_lock_table.h"
#include "simulator/store/function_table.h"
#include "simulator/store/layout.h"
#include "simulator/store/lock.h"
#include "simulator/store/machine.h"

namespace migsim {
namespace {

constexpr auto kKinds = [] {
  std::array<DriverLockKind, std::size(kFunctions)> kinds = {};
  const auto set = [&](const auto& names, DriverLockKind kind) {
    for (const std::string_view name : names) {
      FunctionId id = 0;
      while (kFunctions[id].name != name) ++id;
      kinds[id] = kind;
    }
  };
  set(driver_lock_table::kMachine, DriverLockKind::kMachine);
  set(driver_lock_table::kMachineAssumed, DriverLockKind::kMachine);
  set(driver_lock_table::kGpu, DriverLockKind::kGpu);
  set(driver_lock_table::kGpuAssumed, DriverLockKind::kGpu);
  return kinds;
}();

// Between two looks whether the machine is being closed.
constexpr unsigned kStepMs = 100;

}  // namespace

void make_driver_locks(DriverLocks& locks) {
  make_lock(locks.turn.mutex);
  make_lock(locks.api.mutex);
  for (SharedMutex& gpu : locks.gpus) make_lock(gpu.mutex);
}

DriverLockKind driver_lock_of(FunctionId function) { return kKinds[function]; }

DriverLock::~DriverLock() {
  for (unsigned which = kFirstGpu + kMaxGpus; which-- > 0;) release(which);
}

bool DriverLock::take(const Machine& machine, DriverLockKind kind, unsigned gpu) {
  if (kind == DriverLockKind::kNone) return true;
  locks_ = &machine.store().driver_locks;
  if (!wait_for(machine, kTurn) || !wait_for(machine, kApi)) return false;
  release(kTurn);
  if (kind == DriverLockKind::kMachine) {
    for (unsigned each = 0; each < machine.gpu_count(); ++each) {
      if (!wait_for(machine, kFirstGpu + each)) return false;
    }
    return true;
  }
  if (gpu < machine.gpu_count() && !wait_for(machine, kFirstGpu + gpu)) return false;
  release(kApi);
  return true;
}

bool DriverLock::wait_for(const Machine& machine, unsigned which) {
  while (true) {
    switch (lock_for(mutex(which), kStepMs)) {
      case LockAttempt::kTaken:
        held_ |= 1ull << which;
        return true;
      case LockAttempt::kDamaged:  // it keeps nobody waiting
        return true;
      case LockAttempt::kHeld:
        if (machine.pauses().over()) return false;
    }
  }
}

void DriverLock::release(unsigned which) {
  if ((held_ >> which & 1) == 0) return;
  held_ &= ~(1ull << which);
  unlock(mutex(which));
}

pthread_mutex_t& DriverLock::mutex(unsigned which) const {
  switch (which) {
    case kTurn:
      return locks_->turn.mutex;
    case kApi:
      return locks_->api.mutex;
    default:
      return locks_->gpus[which - kFirstGpu].mutex;
  }
}

}  // namespace migsim
