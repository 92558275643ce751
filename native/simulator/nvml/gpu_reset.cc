// migsim_reset_gpu: does what the driver's tool does to one GPU of the selected machine.
#include <strings.h>

#include <cstdio>

#include "simulator/nvml/caller.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/result.h"
#include "simulator/store/operations.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

bool IsAt(const SimMachine& machine, unsigned gpu, const char* bus_id) {
  const PciAddress address = machine.PciAddressOf(gpu);
  char text[abi::NVML_DEVICE_PCI_BUS_ID_BUFFER_SIZE];
  std::snprintf(text, sizeof text, "%08X:%02X:%02X.0", address.domain, address.bus, address.device);
  return strcasecmp(text, bus_id) == 0;
}

abi::nvmlReturn_t ResetAt(SimMachine& machine, const char* bus_id) {
  // The tool is a separate process, and an NVML session of any other process blocks it.
  if (machine.session() != 0) return abi::NVML_ERROR_IN_USE;
  const Controls controls = Reading(machine).controls();
  // Assumed: the tool needs the driver, as all of its other functions do.
  if (controls.driver_unloaded != 0) return abi::NVML_ERROR_DRIVER_NOT_LOADED;
  if (CallerPrivileges(controls.privileges) < Privileges::kAdmin)
    return abi::NVML_ERROR_NO_PERMISSION;
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (IsAt(machine, gpu, bus_id)) return ToNvml(ResetGpu(machine, gpu));
  }
  return abi::NVML_ERROR_NOT_FOUND;
}

}  // namespace

MIGSIM_EXPORT int migsim_reset_gpu(const char* pci_bus_id) {
  const PinnedMachine machine(SelectedMachine());
  if (!machine) return abi::NVML_ERROR_UNINITIALIZED;
  if (pci_bus_id == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  return ResetAt(*machine, pci_bus_id);
}

}  // namespace migsim
