#include "simulator/store/registry.h"

#include <pthread.h>
#include <sys/stat.h>
#include <algorithm>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "simulator/store/fork_mutex.h"

namespace migsim {
namespace {

struct Slot {
  std::atomic<SimMachine*> machine = nullptr;
  std::atomic<unsigned> pins = 0;
};

// Never destroyed: other threads may still be inside calls when the process exits.
struct Registry {
  Slot slots[kMaxMachines + 1];
  ForkMutex opening;
  std::string environment_error;
  StartupCommands startup_commands = nullptr;
};

Registry& GetRegistry() {
  static Registry& instance = *new Registry;
  static const int fork_handler = pthread_atfork(nullptr, nullptr, [] {
    for (Slot& slot : GetRegistry().slots) {
      slot.pins = 0;
      if (SimMachine* machine = slot.machine) machine->ForgetParent();
    }
  });
  static_cast<void>(fork_handler);
  return instance;
}

const char* Environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

// Reads a variable's word as the enumerator of the same position; an unset variable leaves `value`.
template <typename Value, std::size_t kCount>
std::string ReadWord(const char* variable, const std::string_view (&words)[kCount], Value& value) {
  const std::string_view text = Environment(variable);
  if (text.empty()) return {};
  const auto found = std::ranges::find(words, text);
  if (found == std::end(words)) {
    return std::string(variable) + " has an unknown value: " + std::string(text);
  }
  value = static_cast<Value>(found - std::begin(words));
  return {};
}

std::string EnvironmentSpec(MachineSpec& spec) {
  if (const std::string_view driver = Environment("MIG_SIMULATOR_DRIVER"); !driver.empty()) {
    const auto version = ParseDriverVersion(driver);
    if (!version) return "MIG_SIMULATOR_DRIVER is not a driver version: " + std::string(driver);
    spec.driver = *version;
    spec.driver_is_default = false;
  }
  for (const std::string& error :
       {ReadWord("MIG_SIMULATOR_COMPUTE_PLACES", kComputePlacesWords, spec.rules.compute_places),
        ReadWord("MIG_SIMULATOR_CHECKS", kChecksWords, spec.rules.checks)}) {
    if (!error.empty()) return error;
  }
  std::string_view text = Environment("MIG_SIMULATOR_MACHINE");
  if (text.empty()) text = kDefaultMachine;
  std::string error = ParseMachineSpec(text, spec);
  return error.empty() ? error : "MIG_SIMULATOR_MACHINE: " + error;
}

std::string RunStartupCommands(const Registry& all, SimMachine& machine) {
  const char* commands = Environment("MIG_SIMULATOR_COMMANDS");
  if (commands[0] == '\0' || all.startup_commands == nullptr) return {};
  const std::string error = all.startup_commands(machine, commands);
  return error.empty() ? error : "MIG_SIMULATOR_COMMANDS: " + error;
}

// Opens the file that the environment names, or creates it.
std::string OpenOrCreate(const Registry& all, std::unique_ptr<SimMachine>& machine) {
  const std::string path = Environment("MIG_SIMULATOR_STORE");
  // A dangling link exists as well: opening it reports the problem.
  const auto is_there = [&] {
    struct stat status;
    return !path.empty() && (lstat(path.c_str(), &status) == 0 || errno != ENOENT);
  };
  if (is_there()) return SimMachine::Open(path, machine);
  MachineSpec spec;
  if (std::string error = EnvironmentSpec(spec); !error.empty()) return error;
  std::string error = SimMachine::Create(
      spec, path, machine, [&](SimMachine& made) { return RunStartupCommands(all, made); });
  // Another process may have created it meanwhile.
  if (machine == nullptr && is_there()) return SimMachine::Open(path, machine);
  return error;
}

void OpenEnvironment(Registry& all) {
  const std::lock_guard guard(all.opening);
  Slot& slot = all.slots[kEnvironmentMachine];
  if (slot.machine != nullptr) return;
  std::unique_ptr<SimMachine> machine;
  all.environment_error = OpenOrCreate(all, machine);
  slot.machine = machine.release();
}

OpenedMachine Publish(std::unique_ptr<SimMachine> machine, std::string error) {
  if (machine == nullptr) return {0, std::move(error)};
  Registry& all = GetRegistry();
  const std::lock_guard guard(all.opening);
  for (unsigned number = 1; number <= kMaxMachines; ++number) {
    Slot& slot = all.slots[number];
    if (slot.machine != nullptr || slot.pins != 0) continue;
    slot.machine = machine.release();
    return {number, {}};
  }
  return {0, "too many simulated machines are open in this process"};
}

}  // namespace

OpenedMachine CreateMachine(const MachineSpec& spec, const std::string& path) {
  std::unique_ptr<SimMachine> machine;
  std::string error = SimMachine::Create(spec, path, machine);
  return Publish(std::move(machine), std::move(error));
}

OpenedMachine OpenMachine(const std::string& path) {
  std::unique_ptr<SimMachine> machine;
  std::string error = SimMachine::Open(path, machine);
  return Publish(std::move(machine), std::move(error));
}

bool CloseMachine(unsigned number) {
  if (number == kEnvironmentMachine || number > kMaxMachines) return false;
  Slot& slot = GetRegistry().slots[number];
  const std::unique_ptr<SimMachine> machine(slot.machine.exchange(nullptr));
  if (machine == nullptr) return false;
  machine->EndPauses();
  while (slot.pins != 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
  return true;
}

PinnedMachine::PinnedMachine(unsigned number) : number_(number), machine_(nullptr) {
  if (number > kMaxMachines) return;
  Registry& all = GetRegistry();
  Slot& slot = all.slots[number];
  if (number == kEnvironmentMachine) {  // it is never closed
    machine_ = slot.machine.load(std::memory_order_acquire);
    if (machine_ == nullptr) {
      OpenEnvironment(all);
      machine_ = slot.machine.load(std::memory_order_acquire);
    }
    return;
  }
  // Pinned before it is read: CloseMachine takes the machine away before it checks for pins.
  slot.pins.fetch_add(1);
  machine_ = slot.machine.load();
}

PinnedMachine::~PinnedMachine() {
  if (number_ != kEnvironmentMachine && number_ <= kMaxMachines)
    GetRegistry().slots[number_].pins.fetch_sub(1);
}

std::string EnvironmentMachineError() {
  Registry& all = GetRegistry();
  const std::lock_guard guard(all.opening);
  return all.environment_error;
}

void SetStartupCommands(StartupCommands run) { GetRegistry().startup_commands = run; }

}  // namespace migsim
