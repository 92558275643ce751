#include "simulator/control/gpu_names.h"

#include <cstdio>

namespace migsim {

std::string gpu_uuid_text(const Machine& machine, unsigned gpu) {
  char text[kUuidTextSize];
  write_uuid(machine.gpu_uuid(gpu), text);
  return std::string("GPU-") + text;
}

std::string nvml_bus_id(const Machine& machine, unsigned gpu) {
  const PciAddress address = machine.pci_address(gpu);
  char text[32];
  std::snprintf(text, sizeof text, "%08X:%02X:%02X.0", address.domain, address.bus, address.device);
  return text;
}

std::string kernel_bus_id(const Machine& machine, unsigned gpu) {
  const PciAddress address = machine.pci_address(gpu);
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.0", address.domain, address.bus, address.device);
  return text;
}

}  // namespace migsim
