#include "simulator/store/registry.h"

#include <pthread.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <thread>

namespace migsim {
namespace {

struct Slot {
  std::atomic<Machine*> machine = nullptr;
  std::atomic<unsigned> pins = 0;
};

// Never destroyed: other threads may still be inside calls when the process exits.
struct Registry {
  Slot slots[kMaxMachines + 1];
  std::recursive_mutex opening;
  std::string environment_error;
  bool opening_environment = false;
  StartupCommands startup_commands = nullptr;
};

Registry& registry() {
  static Registry& instance = *new Registry;
  static const int fork_handler = pthread_atfork(nullptr, nullptr, [] {
    for (Slot& slot : registry().slots) {
      slot.pins = 0;
      if (Machine* machine = slot.machine) machine->forget_parent();
    }
  });
  static_cast<void>(fork_handler);
  return instance;
}

const char* environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

std::string environment_spec(MachineSpec& spec) {
  if (const std::string_view driver = environment("MIG_SIMULATOR_DRIVER"); !driver.empty()) {
    const auto version = parse_driver_version(driver);
    if (!version) return "MIG_SIMULATOR_DRIVER is not a driver version: " + std::string(driver);
    spec.driver = *version;
  }
  std::string_view text = environment("MIG_SIMULATOR_MACHINE");
  if (text.empty()) text = kDefaultMachine;
  std::string error = parse_machine_spec(text, spec);
  return error.empty() ? error : "MIG_SIMULATOR_MACHINE: " + error;
}

// Opens the file that the environment names, or makes it; `made` says which.
std::string open_or_create(std::unique_ptr<Machine>& machine, bool& made) {
  const std::string path = environment("MIG_SIMULATOR_STORE");
  const auto exists = [&] {
    std::FILE* file = path.empty() ? nullptr : std::fopen(path.c_str(), "re");
    if (file != nullptr) std::fclose(file);
    return file != nullptr;
  };
  made = false;
  if (exists()) return Machine::open(path, machine);
  MachineSpec spec;
  if (std::string error = environment_spec(spec); !error.empty()) return error;
  std::string error = Machine::create(spec, path, machine);
  made = machine != nullptr;
  // Another process may have made it in between.
  if (!made && exists()) return Machine::open(path, machine);
  return error;
}

void open_environment(Registry& all) {
  const std::lock_guard guard(all.opening);
  Slot& slot = all.slots[kEnvironmentMachine];
  // The second is the startup commands asking for the machine that they are to steer.
  if (slot.machine != nullptr || all.opening_environment) return;
  std::unique_ptr<Machine> machine;
  bool made = false;
  all.environment_error = open_or_create(machine, made);
  if (machine == nullptr) return;
  slot.machine = machine.release();
  const char* commands = environment("MIG_SIMULATOR_COMMANDS");
  if (!made || commands[0] == '\0' || all.startup_commands == nullptr) return;
  all.opening_environment = true;
  const std::string error = all.startup_commands(*slot.machine, commands);
  all.opening_environment = false;
  if (!error.empty()) all.environment_error = "MIG_SIMULATOR_COMMANDS: " + error;
}

OpenedMachine publish(std::unique_ptr<Machine> machine, std::string error) {
  if (machine == nullptr) return {0, std::move(error)};
  Registry& all = registry();
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

OpenedMachine create_machine(const MachineSpec& spec, const std::string& path) {
  std::unique_ptr<Machine> machine;
  std::string error = Machine::create(spec, path, machine);
  return publish(std::move(machine), std::move(error));
}

OpenedMachine open_machine(const std::string& path) {
  std::unique_ptr<Machine> machine;
  std::string error = Machine::open(path, machine);
  return publish(std::move(machine), std::move(error));
}

bool close_machine(unsigned number) {
  if (number == kEnvironmentMachine || number > kMaxMachines) return false;
  Slot& slot = registry().slots[number];
  const std::unique_ptr<Machine> machine(slot.machine.exchange(nullptr));
  if (machine == nullptr) return false;
  while (slot.pins != 0) std::this_thread::sleep_for(std::chrono::microseconds(100));
  return true;
}

PinnedMachine::PinnedMachine(unsigned number) : number_(number), machine_(nullptr) {
  if (number > kMaxMachines) return;
  Registry& all = registry();
  Slot& slot = all.slots[number];
  // Pinned before looked at: close_machine takes the machine away before it looks for pins.
  slot.pins.fetch_add(1);
  machine_ = slot.machine.load();
  if (machine_ == nullptr && number == kEnvironmentMachine) {
    open_environment(all);
    machine_ = slot.machine.load();
  }
}

PinnedMachine::~PinnedMachine() {
  if (number_ <= kMaxMachines) registry().slots[number_].pins.fetch_sub(1);
}

std::string environment_machine_error() {
  Registry& all = registry();
  const std::lock_guard guard(all.opening);
  return all.environment_error;
}

void set_startup_commands(StartupCommands run) { registry().startup_commands = run; }

}  // namespace migsim
