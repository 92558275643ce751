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
// False: no such machine. Waits until no call is inside it. NVML sessions on it end.
bool CloseMachine(unsigned number);

// Keeps a machine from being closed while it lives. Empty when there is no such machine.
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

// Why the machine of the environment is not there; empty when it is.
std::string EnvironmentMachineError();

// Runs MIG_SIMULATOR_COMMANDS on the environment's machine, in the process that makes it; returns
// an empty string, or what is wrong. The control language sets it before main.
using StartupCommands = std::string (*)(SimMachine& machine, const char* commands);
void SetStartupCommands(StartupCommands run);

}  // namespace migsim

#endif  // MIG_SIMULATOR_STORE_REGISTRY_H_
