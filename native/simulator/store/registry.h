// The machines that this process has open, by number from 1. Number 0 is the machine that the
// environment names, opened on first use.
#ifndef MIG_SIMULATOR_STORE_REGISTRY_H_
#define MIG_SIMULATOR_STORE_REGISTRY_H_

#include <string>

#include "simulator/store/sim_machine.h"

namespace migsim {

inline constexpr unsigned kMaxMachines = 255;
inline constexpr unsigned kEnvironmentMachine = 0;

struct OpenedMachine {
  unsigned number;    // 0 on failure
  std::string error;  // empty on success
};

OpenedMachine CreateMachine(const MachineSpec& spec, const std::string& path);
OpenedMachine OpenMachine(const std::string& path);
// Waits until no call is inside it; NVML sessions on it end. False: no such machine.
bool CloseMachine(unsigned number);

// Prevents closing of a machine as long as this object lives. Empty when there is no such machine.
class PinnedMachine {
 public:
  explicit PinnedMachine(unsigned number);
  ~PinnedMachine();
  PinnedMachine(const PinnedMachine&) = delete;
  PinnedMachine& operator=(const PinnedMachine&) = delete;

  explicit operator bool() const { return machine_ != nullptr; }
  SimMachine& operator*() const { return *machine_; }
  SimMachine* operator->() const { return machine_; }

 private:
  unsigned number_;
  SimMachine* machine_;
};

// Why the machine of the environment is missing; empty when it exists.
std::string EnvironmentMachineError();

// Runs MIG_SIMULATOR_COMMANDS on the environment's machine, in the process that creates it; returns
// an empty string, or the problem. The control language registers it before main.
using StartupCommands = std::string (*)(SimMachine& machine, const char* commands);
void SetStartupCommands(StartupCommands run);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_REGISTRY_H_
