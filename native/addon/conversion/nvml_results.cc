// The values of NVML's functions.
#include "addon/conversion/object_builder.h"
#include "addon/conversion/results.h"

namespace mig {
namespace {

Napi::Value FieldNumber(Napi::Env env, const FieldValue& field) {
  const abi::nvmlValue_t& value = field.value;
  switch (field.type) {
    case abi::NVML_VALUE_TYPE_DOUBLE:
      return Napi::Number::New(env, value.dVal);
    case abi::NVML_VALUE_TYPE_UNSIGNED_INT:
      return Napi::Number::New(env, value.uiVal);
    case abi::NVML_VALUE_TYPE_UNSIGNED_LONG:
    case abi::NVML_VALUE_TYPE_UNSIGNED_LONG_LONG:
      return Napi::BigInt::New(env, static_cast<std::uint64_t>(value.ullVal));
    case abi::NVML_VALUE_TYPE_SIGNED_LONG_LONG:
      return Napi::BigInt::New(env, static_cast<std::int64_t>(value.sllVal));
    case abi::NVML_VALUE_TYPE_SIGNED_INT:
      return Napi::Number::New(env, value.siVal);
    case abi::NVML_VALUE_TYPE_UNSIGNED_SHORT:
      return Napi::Number::New(env, value.usVal);
    case abi::NVML_VALUE_TYPE_COUNT:
      break;
  }
  return env.Null();
}

}  // namespace

Napi::Value ToJs(Napi::Env env, const Placement& value) {
  return ObjectBuilder(env).Set("start", value.start).Set("size", value.size);
}

Napi::Value ToJs(Napi::Env env, const PciInfo& value) {
  return ObjectBuilder(env)
      .Set("busId", value.bus_id)
      .Set("domain", value.domain)
      .Set("bus", value.bus)
      .Set("device", value.device)
      .Set("pciDeviceId", value.device_id)
      .Set("pciSubSystemId", value.subsystem_id);
}

Napi::Value ToJs(Napi::Env env, const MemoryInfo& value) {
  return ObjectBuilder(env)
      .Set("total", value.total)
      .Set("free", value.free)
      .Set("used", value.used)
      .Set("reserved", value.reserved);
}

Napi::Value ToJs(Napi::Env env, const CurrentAndPending& value) {
  return ObjectBuilder(env).Set("current", value.current).Set("pending", value.pending);
}

Napi::Value ToJs(Napi::Env env, const ComputeCapability& value) {
  return ObjectBuilder(env)
      .Set("major", Napi::Number::New(env, value.major))
      .Set("minor", Napi::Number::New(env, value.minor));
}

Napi::Value ToJs(Napi::Env env, const FieldValue& value) {
  const bool has_value = value.ret == abi::NVML_SUCCESS;
  return ObjectBuilder(env)
      .Set("fieldId", value.id)
      .Set("ret", value.ret)
      .Set("value", has_value ? FieldNumber(env, value) : env.Null());
}

Napi::Value ToJs(Napi::Env env, const Process& value) {
  return ObjectBuilder(env)
      .Set("pid", value.pid)
      .Set("usedGpuMemory", value.used_memory)
      .Set("gpuInstanceId", value.gpu_instance_id)
      .Set("computeInstanceId", value.compute_instance_id);
}

Napi::Value ToJs(Napi::Env env, const GpuInstanceProfile& value) {
  return ObjectBuilder(env)
      .Set("id", value.id)
      .Set("sliceCount", value.slice_count)
      .Set("instanceCount", value.instance_count)
      .Set("multiprocessorCount", value.multiprocessor_count)
      .Set("copyEngineCount", value.copy_engine_count)
      .Set("decoderCount", value.decoder_count)
      .Set("encoderCount", value.encoder_count)
      .Set("jpegCount", value.jpeg_count)
      .Set("ofaCount", value.ofa_count)
      .Set("memorySizeMB", value.memory_mib)
      .Set("isP2pSupported", value.is_p2p_supported)
      .Set("capabilities", value.capabilities)
      .Set("name", value.name);
}

Napi::Value ToJs(Napi::Env env, const GpuInstanceInfo& value) {
  return ObjectBuilder(env)
      .Set("id", value.id)
      .Set("profileId", value.profile_id)
      .Set("placement", value.placement);
}

Napi::Value ToJs(Napi::Env env, const ComputeInstanceProfile& value) {
  return ObjectBuilder(env)
      .Set("id", value.id)
      .Set("sliceCount", value.slice_count)
      .Set("instanceCount", value.instance_count)
      .Set("multiprocessorCount", value.multiprocessor_count)
      .Set("sharedCopyEngineCount", value.shared_copy_engine_count)
      .Set("sharedDecoderCount", value.shared_decoder_count)
      .Set("sharedEncoderCount", value.shared_encoder_count)
      .Set("sharedJpegCount", value.shared_jpeg_count)
      .Set("sharedOfaCount", value.shared_ofa_count)
      .Set("capabilities", value.capabilities)
      .Set("name", value.name);
}

Napi::Value ToJs(Napi::Env env, const ComputeInstanceInfo& value) {
  return ObjectBuilder(env)
      .Set("id", value.id)
      .Set("profileId", value.profile_id)
      .Set("placement", value.placement);
}

Napi::Value ToJs(Napi::Env env, const MigDeviceAttributes& value) {
  return ObjectBuilder(env)
      .Set("multiprocessorCount", value.multiprocessor_count)
      .Set("sharedCopyEngineCount", value.shared_copy_engine_count)
      .Set("sharedDecoderCount", value.shared_decoder_count)
      .Set("sharedEncoderCount", value.shared_encoder_count)
      .Set("sharedJpegCount", value.shared_jpeg_count)
      .Set("sharedOfaCount", value.shared_ofa_count)
      .Set("gpuInstanceSliceCount", value.gpu_instance_slice_count)
      .Set("computeInstanceSliceCount", value.compute_instance_slice_count)
      .Set("memorySizeMB", value.memory_mib);
}

Napi::Value ToJs(Napi::Env env, const PlacedComputeInstanceProfile& value) {
  return ObjectBuilder(env)
      .Set("index", value.index)
      .Set("info", value.profile)
      .Set("placements", value.placements);
}

Napi::Value ToJs(Napi::Env env, const PlacedGpuInstanceProfile& value) {
  return ObjectBuilder(env)
      .Set("index", value.index)
      .Set("info", value.profile)
      .Set("placements", value.placements)
      .Set("computeInstanceProfiles", value.compute_instance_profiles);
}

Napi::Value ToJs(Napi::Env env, const GpuEvent& value) {
  return ObjectBuilder(env)
      .Set("gpu", value.gpu)
      .Set("eventType", value.type)
      .Set("eventData", value.data)
      .Set("gpuInstanceId", value.gpu_instance_id)
      .Set("computeInstanceId", value.compute_instance_id);
}

}  // namespace mig
