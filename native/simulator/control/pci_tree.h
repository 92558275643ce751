// What the kernel shows of a machine's GPUs as PCI devices: /sys/bus/pci.
#ifndef MIG_SIMULATOR_CONTROL_PCI_TREE_H_
#define MIG_SIMULATOR_CONTROL_PCI_TREE_H_

#include "simulator/control/machine_copy.h"
#include "simulator/control/tree_writer.h"
#include "simulator/store/sim_machine.h"

namespace migsim {

void AddPciBus(TreeWriter& tree, const SimMachine& machine, const MachineCopy& snapshot);

}  // namespace migsim

#endif  // MIG_SIMULATOR_CONTROL_PCI_TREE_H_
