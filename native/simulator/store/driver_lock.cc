#include "simulator/store/driver_lock.h"

#include <array>

#include "simulator/store/driver_lock_table.h"
#include "simulator/store/function_table.h"
#include "simulator/store/layout.h"
#include "simulator/store/lock.h"
#include "simulator/store/sim_machine.h"

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

// The time between two checks whether the machine is being closed.
constexpr unsigned kStepMs = 100;

}  // namespace

void MakeDriverLocks(DriverLocks& locks) {
  MakeLock(locks.turn.mutex);
  MakeLock(locks.api.mutex);
  for (SharedMutex& gpu : locks.gpus) MakeLock(gpu.mutex);
}

DriverLockKind DriverLockOf(FunctionId function) { return kKinds[function]; }

DriverLock::~DriverLock() {
  for (unsigned which = kFirstGpu + kMaxGpus; which-- > 0;) Release(which);
}

bool DriverLock::Take(const SimMachine& machine, DriverLockKind kind, unsigned gpu) {
  if (kind == DriverLockKind::kNone) return true;
  locks_ = &machine.store().driver_locks;
  if (!WaitFor(machine, kTurn) || !WaitFor(machine, kApi)) return false;
  Release(kTurn);
  if (kind == DriverLockKind::kMachine) {
    for (unsigned each = 0; each < machine.gpu_count(); ++each) {
      if (!WaitFor(machine, kFirstGpu + each)) return false;
    }
    return true;
  }
  if (gpu < machine.gpu_count() && !WaitFor(machine, kFirstGpu + gpu)) return false;
  Release(kApi);
  return true;
}

bool DriverLock::WaitFor(const SimMachine& machine, unsigned which) {
  while (true) {
    switch (LockFor(Mutex(which), kStepMs)) {
      case MutexAttempt::kTaken:
        held_ |= 1ull << which;
        return true;
      case MutexAttempt::kDamaged:  // no call waits for it
        return true;
      case MutexAttempt::kHeld:
        if (machine.pauses().over()) return false;
    }
  }
}

void DriverLock::Release(unsigned which) {
  if ((held_ >> which & 1) == 0) return;
  held_ &= ~(1ull << which);
  Unlock(Mutex(which));
}

pthread_mutex_t& DriverLock::Mutex(unsigned which) const {
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
