#include "addon/snapshot.h"

#include <utility>

#include "addon/gpu_reader.h"
#include "addon/on_device.h"

namespace mig {
namespace {

Status ReadIdentified(Session& session, abi::nvmlDevice_t gpu, GpuSnapshot& snapshot) {
  auto identity = session.Identity(snapshot.uuid, gpu);
  if (!identity.ok()) return identity.status;
  snapshot.identity = std::move(identity.value);
  return ReadGpuContent(session, gpu, snapshot);
}

Status ReadGpuAt(Session& session, GpuSnapshot& snapshot) {
  const auto gpu = session.GpuAt(snapshot.index, &snapshot.uuid);
  if (!gpu.ok()) {
    if (snapshot.uuid.empty()) snapshot.uuid = session.LastUuidAt(snapshot.index);
    return gpu.status;
  }
  return ReadIdentified(session, gpu.value, snapshot);
}

}  // namespace

Outcome<std::vector<GpuSnapshot>> ReadSnapshot(Session& session) {
  const auto count = session.CountGpus();
  if (!count.ok()) return count.status;
  std::vector<GpuSnapshot> gpus;
  gpus.reserve(count.value);
  for (unsigned int index = 0; index < count.value; ++index) {
    GpuSnapshot snapshot;
    snapshot.index = index;
    RunningCall::AtGpu(index);
    snapshot.status = ReadGpuAt(session, snapshot);
    session.Consider(snapshot.uuid, snapshot.status);
    // The control group of a container shows only some GPUs.
    if (snapshot.uuid.empty() && snapshot.status.is(abi::NVML_ERROR_NO_PERMISSION)) continue;
    gpus.push_back(std::move(snapshot));
  }
  return gpus;
}

Outcome<GpuSnapshot> ReadGpuSnapshot(Session& session, const std::string& uuid) {
  return OnDevice(session, uuid, [&](abi::nvmlDevice_t gpu) -> Outcome<GpuSnapshot> {
    const auto index = GetIndex(session.nvml(), gpu);
    if (!index.ok()) return index.status;
    GpuSnapshot snapshot;
    snapshot.index = index.value;
    snapshot.uuid = uuid;
    snapshot.status = ReadIdentified(session, gpu, snapshot);
    session.Consider(uuid, snapshot.status);
    return snapshot;
  });
}

}  // namespace mig
