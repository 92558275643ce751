#include "simulator/control/gpu_names.h"

#include <cstdio>

namespace migsim {

std::string GpuUuidText(const SimMachine& machine, unsigned gpu) {
  char text[kUuidTextSize];
  WriteUuid(machine.GpuUuid(gpu), text);
  return std::string("GPU-") + text;
}

std::string nvml_bus_id(const SimMachine& machine, unsigned gpu) {
  const PciAddress address = machine.PciAddressOf(gpu);
  char text[32];
  std::snprintf(text, sizeof text, "%08X:%02X:%02X.0", address.domain, address.bus, address.device);
  return text;
}

std::string KernelBusId(const SimMachine& machine, unsigned gpu) {
  const PciAddress address = machine.PciAddressOf(gpu);
  char text[32];
  std::snprintf(text, sizeof text, "%04x:%02x:%02x.0", address.domain, address.bus, address.device);
  return text;
}

}  // namespace migsim
