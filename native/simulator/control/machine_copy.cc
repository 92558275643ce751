#include "simulator/control/machine_copy.h"

#include "simulator/store/transaction.h"

namespace migsim {

MachineCopy CopyMachine(const SimMachine& machine) {
  MachineCopy snapshot;
  const unsigned gpu_count = machine.gpu_count();
  snapshot.gpus.reserve(gpu_count);
  snapshot.processes.reserve(kMaxProcesses);
  const Reading reading(machine);
  for (unsigned i = 0; i < gpu_count; ++i) snapshot.gpus.push_back(reading.Gpu(i));
  for (const SimProcess& process : reading.processes().all()) snapshot.processes.push_back(process);
  snapshot.controls = reading.controls();
  return snapshot;
}

}  // namespace migsim
