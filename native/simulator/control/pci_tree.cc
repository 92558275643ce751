#include "simulator/control/pci_tree.h"

#include <cstdio>
#include <string>

#include "simulator/control/gpu_names.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/host_shape.h"
#include "simulator/model/mig_mode.h"

namespace migsim {
namespace {

const std::string kDevices = "/sys/bus/pci/devices/";
const std::string kDriver = "/sys/bus/pci/drivers/nvidia";

constexpr unsigned kVgaController = 0x030000;
constexpr unsigned k3dController = 0x030200;

// Source of the registers: mig-parted v0.15.0, pkg/mig/mode/pci.go, which uses them on the GA100.
constexpr std::uint32_t kChipId = 0;
constexpr std::uint32_t kModeNow = 0x1404;
constexpr std::uint32_t kModeNowOn = 0x8000;
constexpr std::uint32_t kBootComplete = 0x118234;
constexpr std::uint32_t kBooted = 0x3FF;
constexpr std::uint32_t kModeRequested = 0x118F78;
constexpr std::uint32_t kRequestOn = 0xC000;
constexpr std::uint32_t kRequestOff = 0x8000;
// What a read of a device gives that has fallen off the bus (PCI Express Base Specification).
constexpr std::uint32_t kNoAnswer = 0xFFFFFFFF;

// Assumed: all models have a BAR0 of 16 MiB, and its place in memory.
constexpr std::int64_t kBar0Size = 1 << 24;
constexpr std::uint64_t kFirstBar0 = 0x90000000;
constexpr std::uint64_t kMemoryResource = 0x40200;

constexpr std::int64_t kConfigSize = 256;

std::string Hex(unsigned value, int digits) {
  char text[16];
  std::snprintf(text, sizeof text, "0x%0*x\n", digits, value);
  return text;
}

std::string Bar0Line(unsigned index) {
  const std::uint64_t start = kFirstBar0 + index * static_cast<std::uint64_t>(kBar0Size);
  char text[64];
  std::snprintf(text, sizeof text, "0x%016llx 0x%016llx 0x%016llx\n",
                static_cast<unsigned long long>(start),
                static_cast<unsigned long long>(start + kBar0Size - 1),
                static_cast<unsigned long long>(kMemoryResource));
  return text;
}

// Assumed: the driver and the register are two ways to one setting, so the register shows a mode
// that the driver has requested.
void AddBar0(TreeWriter& tree, const std::string& path, const GpuView& gpu) {
  const GpuState& state = gpu.state;
  const auto read = [&](std::uint32_t value) { return state.lost ? kNoAnswer : value; };
  const Register chip[] = {{kChipId, read(gpu.geometry().chip_id)},
                           {kModeNow, read(state.mig_enabled ? kModeNowOn : 0)},
                           {kBootComplete, read(kBooted)},
                           {kModeRequested, read(state.mig_pending ? kRequestOn : kRequestOff)}};
  const bool has_mode = HasModeRegister(gpu.geometry());
  tree.Registers(path, kBar0Size, std::span(chip, has_mode ? std::size(chip) : 1));
}

void AddGpu(TreeWriter& tree, const SimMachine& machine, const MachineCopy& snapshot,
            unsigned index) {
  const GpuView gpu{index, machine.driver(), snapshot.gpus[index]};
  const GpuModel& model = gpu.model();
  const std::string folder = kDevices + KernelBusId(machine, index) + "/";
  const unsigned device_class = gpu.drives_display() ? kVgaController : k3dController;
  tree.File(folder + "vendor", Hex(model.pci_device_id & 0xFFFF, 4));
  tree.File(folder + "device", Hex(model.pci_device_id >> 16, 4));
  tree.File(folder + "subsystem_vendor", Hex(model.pci_subsystem_id & 0xFFFF, 4));
  tree.File(folder + "subsystem_device", Hex(model.pci_subsystem_id >> 16, 4));
  tree.File(folder + "class", Hex(device_class, 6));
  tree.File(folder + "numa_node",
            std::to_string(NodeOf(machine.host(), index, machine.gpu_count())) + "\n");
  tree.File(folder + "resource", Bar0Line(index));
  // A configuration space without capabilities.
  const Register config[] = {
      {0x00, model.pci_device_id >> 16 << 16 | (model.pci_device_id & 0xFFFF)},
      {0x08, device_class << 8 | (gpu.geometry().chip_id & 0xFF)},
      {0x2C, model.pci_subsystem_id}};
  tree.Registers(folder + "config", kConfigSize, config);
  AddBar0(tree, folder + "resource0", gpu);
  if (snapshot.controls.reset_policy != ResetPolicy::kRefused) tree.File(folder + "reset", "");
  if (snapshot.controls.driver_unloaded == 0 && !gpu.state.removed) {
    tree.Link(folder + "driver", "../../drivers/nvidia");
  }
}

}  // namespace

void AddPciBus(TreeWriter& tree, const SimMachine& machine, const MachineCopy& snapshot) {
  tree.Folder("/sys/bus/pci/devices");
  if (snapshot.controls.driver_unloaded == 0) {
    tree.File(kDriver + "/bind", "");
    tree.File(kDriver + "/unbind", "");
  }
  for (unsigned i = 0; i < snapshot.gpus.size(); ++i) AddGpu(tree, machine, snapshot, i);
}

}  // namespace migsim
