#include "addon/gpu_reader.h"

#include <charconv>
#include <cstddef>
#include <iterator>
#include <limits>
#include <utility>

#include "addon/geometry.h"
#include "addon/known_geometry.h"

namespace mig {
namespace {

// Other processes may change a GPU while it is read. Then it is read again, but not for ever.
constexpr int kAttempts = 16;

// From this branch on, HandleByUUID takes MIG devices. Before, their UUID is only their address.
constexpr unsigned int kMigUuidBranch = 465;

// Few GPUs have more.
constexpr std::size_t kUsualInstances = 8;

// The answer to a call on something that has just disappeared.
bool Gone(Status status) {
  return status.is(abi::NVML_ERROR_INVALID_ARGUMENT) || status.is(abi::NVML_ERROR_NOT_FOUND);
}

bool Overlap(const Placement& a, const Placement& b) {
  return a.start < b.start + b.size && b.start < a.start + a.size;
}

// Two instances at one placement: one was read before its destruction, the other after its
// creation.
bool Contradictory(const std::vector<GpuInstanceInfo>& instances) {
  for (auto a = instances.begin(); a != instances.end(); ++a) {
    for (auto b = a + 1; b != instances.end(); ++b) {
      if (a->id == b->id || Overlap(a->placement, b->placement)) return true;
    }
  }
  return false;
}

// One address twice, or two sizes of one GPU instance.
bool Contradictory(const std::vector<MigDeviceInfo>& devices) {
  const auto memory = [](const MigDeviceInfo& device) {
    return device.attributes ? device.attributes->memory_mib : 0;
  };
  for (auto a = devices.begin(); a != devices.end(); ++a) {
    for (auto b = a + 1; b != devices.end(); ++b) {
      if (a->gpu_instance_id != b->gpu_instance_id) continue;
      if (a->compute_instance_id == b->compute_instance_id || memory(*a) != memory(*b)) return true;
    }
  }
  return false;
}

bool Contradictory(const GpuSnapshot& gpu) {
  return gpu.unlisted ? Contradictory(gpu.unlisted->devices) : Contradictory(gpu.gpu_instances);
}

void AppendNumber(std::string& text, unsigned int number) {
  char digits[std::numeric_limits<unsigned int>::digits10 + 1];
  text.append(digits, std::to_chars(digits, std::end(digits), number).ptr);
}

class GpuReader {
 public:
  GpuReader(Session& session, abi::nvmlDevice_t gpu, GpuSnapshot& snapshot)
      : session_(session),
        nvml_(session.nvml()),
        gpu_(gpu),
        snapshot_(snapshot),
        geometry_(session, snapshot.uuid, *snapshot.identity) {
    mig_address_.reserve(abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE);
    mig_address_.append("MIG-").append(snapshot.uuid).append("/");
    mig_address_start_ = mig_address_.size();
    snapshot_.gpu_instances.reserve(kUsualInstances);
    snapshot_.compute_instances.reserve(kUsualInstances);
  }

  Status Read() {
    Status status;
    for (int attempt = 0; attempt < kAttempts; ++attempt) {
      status = ReadOnce();
      if (status.ok() && !Contradictory(snapshot_)) break;
      if (!status.ok() && !Gone(status) && !ModeChanged(status)) break;
    }
    return status;
  }

 private:
  Status ReadOnce() {
    snapshot_.gpu_instances.clear();
    snapshot_.compute_instances.clear();
    snapshot_.unlisted.reset();
    const auto mode = GetMigMode(nvml_, gpu_);
    // A GPU without MIG, or a driver older than MIG.
    if (mode.status.is(abi::NVML_ERROR_NOT_SUPPORTED) || mode.status.missing()) return {};
    if (!mode.ok()) return mode.status;
    snapshot_.mig_mode = mode.value;
    const bool enabled = mode.value.current != 0;
    Status status = geometry_.ReadIfUnknown(gpu_, enabled);
    if (status.ok() && enabled)
      status = geometry_.table() != nullptr ? ReadGpuInstances() : ConfirmNone();
    if (enabled && status.is(abi::NVML_ERROR_NO_PERMISSION)) status = ReadMigDevices();
    snapshot_.profiles = geometry_.table();
    return status;
  }

  Status ReadGpuInstances() {
    // A larger table replaces this one when the loop learns more; the profiles stay the same.
    for (const auto& profile : geometry_.table()->profiles) {
      const unsigned int profile_id = profile.profile.id;
      const auto handles = GetGpuInstances(nvml_, gpu_, profile_id);
      if (!handles.ok()) return handles.status;
      for (const auto handle : handles.value) {
        if (const Status status = ReadGpuInstance(handle, profile_id); !status.ok()) return status;
      }
    }
    return {};
  }

  // GPU instances are listed by profile. If the driver names no profile, only a MIG device can show
  // that there are instances.
  Status ConfirmNone() {
    const auto devices = GetMigDevices(nvml_, gpu_);
    if (!devices.ok()) return devices.status;
    if (devices.value.empty()) return {};
    return {abi::NVML_ERROR_NOT_SUPPORTED, "nvmlDeviceGetGpuInstanceProfileInfo"};
  }

  Status ReadGpuInstance(abi::nvmlGpuInstance_t handle, unsigned int profile_id) {
    const auto* profiles = geometry_.ComputeInstanceProfilesOf(profile_id);
    Outcome<std::vector<PlacedComputeInstanceProfile>> read;
    if (profiles == nullptr) {
      read = ReadComputeInstanceProfiles(nvml_, handle);
      if (!read.ok()) return read.status;
    }
    // After the profiles, because the end of their list and a dead GPU instance have the same
    // answer.
    const auto info = GetGpuInstanceInfo(nvml_, handle);
    if (!info.ok()) return info.status;
    if (profiles == nullptr) {
      geometry_.RememberComputeInstanceProfiles(profile_id, read.value);
      profiles = geometry_.ComputeInstanceProfilesOf(profile_id);
    }
    snapshot_.gpu_instances.push_back(info.value);
    for (const auto& profile : *profiles) {
      const auto compute_instances = GetComputeInstances(nvml_, handle, profile.profile.id);
      if (!compute_instances.ok()) return compute_instances.status;
      for (const auto compute_instance : compute_instances.value) {
        const auto compute_info = GetComputeInstanceInfo(nvml_, compute_instance);
        if (!compute_info.ok()) return compute_info.status;
        snapshot_.compute_instances.push_back(
            {info.value.id, compute_info.value, MigUuid(info.value.id, compute_info.value.id)});
      }
    }
    return {};
  }

  // Reads what every process may see. The lists need the permission to change instances.
  Status ReadMigDevices() {
    snapshot_.gpu_instances.clear();
    snapshot_.compute_instances.clear();
    auto devices = GetMigDevices(nvml_, gpu_);
    if (!devices.ok()) return devices.status;
    // The permission to monitor shows all MIG devices, and the memory of the whole GPU.
    snapshot_.unlisted = {std::move(devices.value), GetMemoryInfo(nvml_, gpu_).ok()};
    return {};
  }

  std::optional<UuidText> MigUuid(unsigned int gpu_instance, unsigned int compute_instance) {
    mig_address_.resize(mig_address_start_);
    AppendNumber(mig_address_, gpu_instance);
    mig_address_ += '/';
    AppendNumber(mig_address_, compute_instance);
    const unsigned int branch = session_.driver_branch();
    if (branch != 0 && branch < kMigUuidBranch) return UuidText(mig_address_);
    const auto device = session_.Device(mig_address_);
    if (!device.ok()) return std::nullopt;
    const auto uuid = GetUuidText(nvml_, device.value);
    if (!uuid.ok()) return std::nullopt;
    return uuid.value;
  }

  // MIG was turned off between the read of the mode and those of instances.
  bool ModeChanged(Status status) const {
    return status.is(abi::NVML_ERROR_NOT_SUPPORTED) && snapshot_.mig_mode &&
           snapshot_.mig_mode->current != 0;
  }

  Session& session_;
  const Symbols& nvml_;
  abi::nvmlDevice_t gpu_;
  GpuSnapshot& snapshot_;
  KnownGeometry geometry_;
  // `MIG-<UUID of the GPU>/<GPU instance>/<compute instance>`: the address of a MIG device.
  std::string mig_address_;
  // The position of the numbers in it.
  std::size_t mig_address_start_ = 0;
};

}  // namespace

Status ReadGpuContent(Session& session, abi::nvmlDevice_t gpu, GpuSnapshot& snapshot) {
  return GpuReader(session, gpu, snapshot).Read();
}

}  // namespace mig
