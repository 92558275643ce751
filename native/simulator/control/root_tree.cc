// root-tree: what container runtimes read of a machine's file system, as a list
// of files, folders and device nodes. Sources: MIG User Guide; open-gpu-kernel-modules
// (nv-procfs.c, nv-caps.c).
#include <sys/utsname.h>

#include <string>

#include "simulator/control/capabilities.h"
#include "simulator/control/gpu_names.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/snapshot.h"
#include "simulator/control/verbs.h"

namespace migsim {
namespace {

constexpr unsigned kNvidiaMajor = 195;
constexpr unsigned kControlMinor = 255;
constexpr unsigned kModesetMinor = 254;
// The kernel gives these when the modules load; any free ones will do.
constexpr unsigned kUvmMajor = 510;
constexpr unsigned kCapabilitiesMajor = 235;

constexpr unsigned kEveryone = 0666;
constexpr unsigned kOwnerReads = 0400;
constexpr unsigned kAllRead = 0444;

// The character device got its present name with R550.
constexpr DriverVersion kFirstShortDeviceName{550, 40, 7};

const std::string kCapabilities = "/proc/driver/nvidia/capabilities/";

class Tree {
 public:
  Tree() { json_.begin_array(); }

  void file(std::string_view path, std::string_view content) {
    json_.begin_object().member("kind", "file").member("path", path);
    json_.member("content", content).end_object();
  }

  void folder(std::string_view path) {
    json_.begin_object().member("kind", "folder").member("path", path).end_object();
  }

  void device(std::string_view path, unsigned major, unsigned minor, unsigned mode) {
    json_.begin_object().member("kind", "device").member("path", path);
    json_.key("device").begin_object().member("type", "char").member("major", major);
    json_.member("minor", minor).member("mode", mode).end_object().end_object();
  }

  // The access file at `path` below capabilities/, and its device node.
  void capability(const std::string& path, unsigned minor, unsigned mode) {
    file(kCapabilities + path, capability_file(minor, mode));
    device("/dev/nvidia-caps/nvidia-cap" + std::to_string(minor), kCapabilitiesMajor, minor, mode);
  }

  std::string take() { return json_.end_array().take(); }

 private:
  JsonWriter json_;
};

std::string version_file(const Machine& machine) {
  char driver[kDriverTextSize];
  write_driver_version(machine.driver(), driver);
  utsname system{};
  uname(&system);
  return std::string("NVRM version: NVIDIA UNIX ") + system.machine + " Kernel Module  " + driver +
         "  Thu Jan  1 00:00:00 UTC 1970\n";
}

std::string device_majors(const Machine& machine) {
  const std::string nvidia = std::to_string(kNvidiaMajor);
  const bool short_name = machine.driver() >= kFirstShortDeviceName;
  return "Character devices:\n  1 mem\n" + nvidia +
         (short_name ? " nvidia\n" : " nvidia-frontend\n") + nvidia + " nvidia-modeset\n" + nvidia +
         " nvidiactl\n" + std::to_string(kCapabilitiesMajor) + " nvidia-caps\n" +
         std::to_string(kUvmMajor) + " nvidia-uvm\n\nBlock devices:\n  7 loop\n";
}

std::string gpu_information(const Machine& machine, const GpuState& gpu, unsigned index) {
  return "Model: \t\t " + std::string(model_of(gpu).name) + "\nGPU UUID: \t " +
         gpu_uuid_text(machine, index) + "\nBus Type: \t PCIe\nBus Location: \t " +
         kernel_bus_id(machine, index) + "\nDevice Minor: \t " + std::to_string(gpu.minor) +
         "\nGPU Excluded:\t No\n";
}

void add_driver(Tree& tree, const Machine& machine) {
  tree.file("/proc/devices", device_majors(machine));
  tree.file("/proc/driver/nvidia/version", version_file(machine));
  tree.file("/proc/driver/nvidia/params",
            "ModifyDeviceFiles: 1\nDeviceFileUID: 0\nDeviceFileGID: "
            "0\nDeviceFileMode: 438\n");
  tree.file("/proc/driver/nvidia-caps/mig-minors", mig_minors());
  // As 595.45.04 has them (nv-caps.c, os.c). That every older driver has them too is assumed.
  tree.file("/proc/driver/nvidia-caps/nvlink-minors", nvlink_minors());
  tree.file("/proc/driver/nvidia-caps/sys-minors", sys_minors());
  tree.file(kCapabilities + "fabric-imex-mgmt", capability_file(imex_capability(), kOwnerReads));
  tree.capability("mig/config", kConfigCapability, kOwnerReads);
  tree.capability("mig/monitor", kMonitorCapability, kAllRead);
  tree.device("/dev/nvidiactl", kNvidiaMajor, kControlMinor, kEveryone);
  tree.device("/dev/nvidia-modeset", kNvidiaMajor, kModesetMinor, kEveryone);
  tree.device("/dev/nvidia-uvm", kUvmMajor, 0, kEveryone);
  tree.device("/dev/nvidia-uvm-tools", kUvmMajor, 1, kEveryone);
}

void add_instances(Tree& tree, const GpuState& gpu) {
  const unsigned minor = gpu.minor;
  for (unsigned gi = 0; gi < kGpuInstanceSlots; ++gi) {
    if (!gpu.instances[gi].live()) continue;
    const std::string path = "gpu" + std::to_string(minor) + "/mig/gi" + std::to_string(gi);
    tree.capability(path + "/access", gpu_instance_capability(minor, gi), kAllRead);
    for (unsigned ci = 0; ci < kComputeInstanceSlots; ++ci) {
      if (!gpu.instances[gi].compute_instances[ci].live()) continue;
      tree.capability(path + "/ci" + std::to_string(ci) + "/access",
                      compute_instance_capability(minor, gi, ci), kAllRead);
    }
  }
}

void add_gpu(Tree& tree, const Machine& machine, const GpuState& gpu, unsigned index) {
  const std::string bus = kernel_bus_id(machine, index);
  tree.file("/proc/driver/nvidia/gpus/" + bus + "/information",
            gpu_information(machine, gpu, index));
  tree.device("/dev/nvidia" + std::to_string(gpu.minor), kNvidiaMajor, gpu.minor, kEveryone);
  // The driver makes it for each GPU, also without MIG (os.c).
  tree.folder(kCapabilities + "gpu" + std::to_string(gpu.minor) + "/mig");
  add_instances(tree, gpu);
}

}  // namespace

Reply root_tree_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const Snapshot snapshot = take_snapshot(machine);
  Tree tree;
  add_driver(tree, machine);
  for (unsigned i = 0; i < snapshot.gpus.size(); ++i) {
    if (!snapshot.gpus[i].removed) add_gpu(tree, machine, snapshot.gpus[i], i);
  }
  return done(tree.take());
}

}  // namespace migsim
