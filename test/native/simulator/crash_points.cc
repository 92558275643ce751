// Lets a client kill itself at each point of a change, and prints what the next one finds: "<point>
// <mode of GPU 0> <mode of GPU 1> <pids> <journal records>". Linked with the model and the store of
// the simulated driver. Argument: a path for store files.
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <string>

#include "simulator/model/mig_mode.h"
#include "simulator/store/sim_machine.h"
#include "simulator/store/transaction.h"

using namespace migsim;

namespace {

void Die() { kill(getpid(), SIGKILL); }

const char* const kPoints[] = {"locked",    "one-gpu", "two-gpus",  "processes",
                               "journaled", "whole",   "committed", "unlocked"};

void ChangeMachine(SimMachine& machine, const std::string& point) {
  const auto reach = [&](const char* name) {
    if (point == name) Die();
  };
  {
    Transaction transaction(machine);
    reach("locked");
    transaction.ChangeGpu(0).mig_enabled = true;
    reach("one-gpu");
    transaction.ChangeGpu(1).mig_enabled = true;
    reach("two-gpus");
    SimProcess process = {};
    process.pid = 7;
    process.gpu_instance = process.compute_instance = kNoInstance;
    AddProcess(transaction.ChangeProcesses(), transaction.Gpu(0), process);
    reach("processes");
    JournalRecord record = {};
    transaction.Record(record);
    reach("journaled");
    transaction.NextGeneration();
    reach("whole");
    transaction.Commit();
    reach("committed");
  }
  reach("unlocked");
}

}  // namespace

int main(int, char** arguments) {
  for (const std::string point : kPoints) {
    MachineSpec spec;
    std::unique_ptr<SimMachine> machine;
    const std::string path = std::string(arguments[1]) + "-" + point;
    if (!ParseMachineSpec("2x A100-SXM4-40GB", spec).empty() ||
        !SimMachine::Create(spec, path, machine).empty()) {
      return 1;
    }
    const pid_t client = fork();
    if (client == 0) {
      ChangeMachine(*machine, point);
      _exit(1);
    }
    int status = 0;
    waitpid(client, &status, 0);
    if (!WIFSIGNALED(status) || WTERMSIG(status) != SIGKILL) return 1;
    // Check both the existing mapping and a new one.
    std::unique_ptr<SimMachine> opened;
    if (!SimMachine::Open(path, opened).empty()) return 1;
    for (const SimMachine* view : {machine.get(), opened.get()}) {
      const std::size_t records = view->Journal(0).size();
      const Reading reading(*view);
      std::printf("%s %d %d %u %zu\n", point.c_str(), reading.Gpu(0).mig_enabled,
                  reading.Gpu(1).mig_enabled, reading.processes().count, records);
    }
  }
}
