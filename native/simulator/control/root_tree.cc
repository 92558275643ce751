// root-tree: the files, folders and device nodes of a machine that container runtimes read.
// Sources: MIG User Guide; open-gpu-kernel-modules (nv-procfs.c, nv-caps.c).
#include <sys/utsname.h>

#include <string>

#include "simulator/control/capabilities.h"
#include "simulator/control/gpu_names.h"
#include "simulator/control/machine_copy.h"
#include "simulator/control/pci_tree.h"
#include "simulator/control/tree_writer.h"
#include "simulator/control/verbs.h"

namespace migsim {
namespace {

constexpr unsigned kNvidiaMajor = 195;
constexpr unsigned kControlMinor = 255;
constexpr unsigned kModesetMinor = 254;
// The kernel assigns these when the modules load; any free numbers will do.
constexpr unsigned kUvmMajor = 510;
constexpr unsigned kCapabilitiesMajor = 235;

constexpr unsigned kEveryone = 0666;
constexpr unsigned kOwnerReads = 0400;
constexpr unsigned kAllRead = 0444;

// The character device has its present name since R550.
constexpr DriverVersion kFirstShortDeviceName{550, 40, 7};

const std::string kCapabilities = "/proc/driver/nvidia/capabilities/";

// The access file at `path` below capabilities/, and its device node.
void AddCapability(TreeWriter& tree, const std::string& path, unsigned minor, unsigned mode) {
  tree.File(kCapabilities + path, CapabilityFile(minor, mode));
  tree.Device("/dev/nvidia-caps/nvidia-cap" + std::to_string(minor), kCapabilitiesMajor, minor,
              mode);
}

std::string VersionFile(const SimMachine& machine) {
  char driver[kDriverTextSize];
  WriteDriverVersion(machine.driver(), driver);
  utsname system{};
  uname(&system);
  return std::string("NVRM version: NVIDIA UNIX ") + system.machine + " Kernel Module  " + driver +
         "  Thu Jan  1 00:00:00 UTC 1970\n";
}

std::string DriverMajors(const SimMachine& machine) {
  const std::string nvidia = std::to_string(kNvidiaMajor);
  const bool short_name = machine.driver() >= kFirstShortDeviceName;
  return nvidia + (short_name ? " nvidia\n" : " nvidia-frontend\n") + nvidia + " nvidia-modeset\n" +
         nvidia + " nvidiactl\n" + std::to_string(kCapabilitiesMajor) + " nvidia-caps\n" +
         std::to_string(kUvmMajor) + " nvidia-uvm\n";
}

// The kernel's list of modules. Their sizes are invented.
constexpr std::string_view kDriverModules =
    "nvidia_uvm 2072576 0 - Live 0x0000000000000000 (OE)\n"
    "nvidia_modeset 1843200 0 - Live 0x0000000000000000 (OE)\n"
    "nvidia 11554816 2 nvidia_uvm,nvidia_modeset, Live 0x0000000000000000 (OE)\n";
constexpr std::string_view kOtherModules = "loop 40960 0 - Live 0x0000000000000000\n";

void AddKernel(TreeWriter& tree, const SimMachine& machine, bool driver_is_loaded) {
  const std::string_view modules = driver_is_loaded ? kDriverModules : std::string_view();
  tree.File("/proc/modules", std::string(modules).append(kOtherModules));
  const std::string majors = driver_is_loaded ? DriverMajors(machine) : std::string();
  tree.File("/proc/devices",
            "Character devices:\n  1 mem\n" + majors + "\nBlock devices:\n  7 loop\n");
}

std::string GpuInformation(const SimMachine& machine, const GpuState& gpu, unsigned index) {
  return "Model: \t\t " + std::string(ModelOf(gpu).name) + "\nGPU UUID: \t " +
         GpuUuidText(machine, index) + "\nBus Type: \t PCIe\nBus Location: \t " +
         KernelBusId(machine, index) + "\nDevice Minor: \t " + std::to_string(gpu.minor) +
         "\nGPU Excluded:\t No\n";
}

void AddDriver(TreeWriter& tree, const SimMachine& machine) {
  tree.File("/proc/driver/nvidia/version", VersionFile(machine));
  tree.File("/proc/driver/nvidia/params",
            "ModifyDeviceFiles: 1\nDeviceFileUID: 0\nDeviceFileGID: "
            "0\nDeviceFileMode: 438\n");
  tree.File("/proc/driver/nvidia-caps/mig-minors", MigMinors());
  // As in 595.45.04 (nv-caps.c, os.c). Assumed: every older driver has them too.
  tree.File("/proc/driver/nvidia-caps/nvlink-minors", NvlinkMinors());
  tree.File("/proc/driver/nvidia-caps/sys-minors", SysMinors());
  tree.File(kCapabilities + "fabric-imex-mgmt", CapabilityFile(ImexCapability(), kOwnerReads));
  AddCapability(tree, "mig/config", kConfigCapability, kOwnerReads);
  AddCapability(tree, "mig/monitor", kMonitorCapability, kAllRead);
  tree.Device("/dev/nvidiactl", kNvidiaMajor, kControlMinor, kEveryone);
  tree.Device("/dev/nvidia-modeset", kNvidiaMajor, kModesetMinor, kEveryone);
  tree.Device("/dev/nvidia-uvm", kUvmMajor, 0, kEveryone);
  tree.Device("/dev/nvidia-uvm-tools", kUvmMajor, 1, kEveryone);
}

void AddInstances(TreeWriter& tree, const GpuState& gpu) {
  const unsigned minor = gpu.minor;
  for (unsigned gi = 0; gi < kGpuInstanceSlots; ++gi) {
    if (!gpu.instances[gi].live()) continue;
    const std::string path = "gpu" + std::to_string(minor) + "/mig/gi" + std::to_string(gi);
    AddCapability(tree, path + "/access", GpuInstanceCapability(minor, gi), kAllRead);
    for (unsigned ci = 0; ci < kComputeInstanceSlots; ++ci) {
      if (!gpu.instances[gi].compute_instances[ci].live()) continue;
      AddCapability(tree, path + "/ci" + std::to_string(ci) + "/access",
                    ComputeInstanceCapability(minor, gi, ci), kAllRead);
    }
  }
}

void AddGpu(TreeWriter& tree, const SimMachine& machine, const GpuState& gpu, unsigned index) {
  const std::string bus = KernelBusId(machine, index);
  tree.File("/proc/driver/nvidia/gpus/" + bus + "/information",
            GpuInformation(machine, gpu, index));
  tree.Device("/dev/nvidia" + std::to_string(gpu.minor), kNvidiaMajor, gpu.minor, kEveryone);
  // The driver creates it for each GPU, also without MIG (os.c).
  tree.Folder(kCapabilities + "gpu" + std::to_string(gpu.minor) + "/mig");
  AddInstances(tree, gpu);
}

}  // namespace

Reply RootTreeVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const MachineCopy snapshot = CopyMachine(machine);
  TreeWriter tree;
  const bool driver_is_loaded = snapshot.controls.driver_unloaded == 0;
  AddKernel(tree, machine, driver_is_loaded);
  AddPciBus(tree, machine, snapshot);
  // Assumed: the device nodes go with the driver.
  if (!driver_is_loaded) return Done(tree.Take());
  AddDriver(tree, machine);
  for (unsigned i = 0; i < snapshot.gpus.size(); ++i) {
    if (!snapshot.gpus[i].removed) AddGpu(tree, machine, snapshot.gpus[i], i);
  }
  return Done(tree.Take());
}

}  // namespace migsim
