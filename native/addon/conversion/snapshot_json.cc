#include "addon/conversion/snapshot_json.h"

#include "addon/conversion/json_text.h"

namespace mig {

// Enough for a GPU with seven MIG devices.
static constexpr std::size_t kUsualLength = 960;

// JsonText finds these by the namespace of their arguments, so they are in no unnamed one.
static JsonText& operator<<(JsonText& json, const CurrentAndPending& mode) {
  return json << R"({"current":)" << mode.current << R"(,"pending":)" << mode.pending << "}";
}

static JsonText& operator<<(JsonText& json, const GpuInstanceInfo& instance) {
  return json << "[" << instance.id << "," << instance.profile_id << "," << instance.placement.start
              << "," << instance.placement.size << "]";
}

static JsonText& operator<<(JsonText& json, const ComputeInstanceSnapshot& instance) {
  const auto& [id, profile_id, placement] = instance.info;
  json << "[" << instance.gpu_instance_id << "," << id << "," << profile_id << ",";
  if (placement)
    json << placement->start << "," << placement->size << ",";
  else
    json << "null,null,";
  if (instance.uuid)
    json << instance.uuid->view();
  else
    json << "null";
  return json << "]";
}

static JsonText& operator<<(JsonText& json, const MigDeviceAttributes& attributes) {
  return json << "[" << attributes.gpu_instance_slice_count << ","
              << attributes.compute_instance_slice_count << "," << attributes.memory_mib << ","
              << attributes.shared_copy_engine_count << "," << attributes.shared_decoder_count
              << "," << attributes.shared_encoder_count << "," << attributes.shared_jpeg_count
              << "," << attributes.shared_ofa_count << "]";
}

static JsonText& operator<<(JsonText& json, const MigDeviceInfo& device) {
  return json << "[" << device.gpu_instance_id << "," << device.compute_instance_id << ","
              << device.name << "," << device.uuid.view() << "," << device.attributes << "]";
}

static JsonText& operator<<(JsonText& json, const UnlistedInstances& unlisted) {
  return json << R"({"allDevices":)" << (unlisted.all_devices ? 1u : 0u) << R"(,"devices":)"
              << unlisted.devices << "}";
}

static void WriteFailed(JsonText& json, const GpuSnapshot& gpu) {
  json << R"(,"failure":{"ok":false,"ret":)" << static_cast<unsigned int>(gpu.status.ret)
       << R"(,"fn":)" << std::string_view(gpu.status.fn);
  if (const Excess& excess = gpu.status.excess; gpu.status.impossible())
    json << R"(,"excess":{"what":)" << std::string_view(excess.what) << R"(,"counted":)"
         << excess.counted << R"(,"most":)" << excess.most << "}";
  json << "}}";
}

static void WriteRead(JsonText& json, const GpuSnapshot& gpu) {
  const GpuIdentity& identity = *gpu.identity;
  json << R"(,"failure":null,"name":)" << identity.name << R"(,"pciBusId":)" << identity.pci.bus_id
       << R"(,"pciDeviceId":)" << identity.pci.device_id << R"(,"pciSubsystemId":)"
       << identity.pci.subsystem_id << R"(,"minorNumber":)" << identity.minor_number
       << R"(,"memoryTotal":)" << identity.memory_total << R"(,"migMode":)" << gpu.mig_mode
       << R"(,"profiles":)";
  if (gpu.profiles == nullptr)
    json << "null";
  else
    json << gpu.profiles->number;
  json << R"(,"gpuInstances":)" << gpu.gpu_instances << R"(,"computeInstances":)"
       << gpu.compute_instances << R"(,"unlisted":)" << gpu.unlisted << "}";
}

std::string ToJson(const GpuSnapshot& gpu) {
  JsonText json(kUsualLength);
  json << R"({"index":)" << gpu.index << R"(,"uuid":)";
  if (gpu.uuid.empty())
    json << "null";
  else
    json << gpu.uuid;
  if (gpu.status.ok())
    WriteRead(json, gpu);
  else
    WriteFailed(json, gpu);
  return json.Take();
}

}  // namespace mig
