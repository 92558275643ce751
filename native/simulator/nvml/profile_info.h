// Fills NVML's profile structs. There is one struct for each version; they share the members that
// they have.
#ifndef MIG_SIMULATOR_NVML_PROFILE_INFO_H_
#define MIG_SIMULATOR_NVML_PROFILE_INFO_H_

#include <string>

#include "simulator/model/catalog.h"
#include "simulator/model/driver_features.h"
#include "simulator/nvml/result.h"

namespace migsim {

// The versioned structs carry the name with this prefix (seen on H100 and H200, driver 580.173.02).
inline std::string PrefixedName(std::string_view name) { return "MIG " + std::string(name); }

template <typename Info>
void FillProfileInfo(const GpuProfile& profile, Info& info) {
  info.id = profile.id;
  info.sliceCount = profile.slice_count;
  info.instanceCount = profile.instance_count;
  info.multiprocessorCount = profile.multiprocessor_count;
  info.copyEngineCount = profile.engines.copy;
  info.decoderCount = profile.engines.decoder;
  info.encoderCount = profile.engines.encoder;
  info.jpegCount = profile.engines.jpeg;
  info.ofaCount = profile.engines.ofa;
  info.memorySizeMB = profile.memory_mib;
  if constexpr (requires { info.isP2pSupported; }) info.isP2pSupported = profile.peer_to_peer;
  if constexpr (requires { info.name; }) PutText(info.name, PrefixedName(profile.name));
  if constexpr (requires { info.capabilities; }) {
    info.capabilities = (profile.peer_to_peer ? abi::NVML_GPU_INSTANCE_PROFILE_CAPS_P2P : 0) |
                        (profile.graphics ? abi::NVML_GPU_INSTANCE_PROFILE_CAPS_GFX : 0);
  }
}

// The engines of a compute instance are those of its GPU instance.
template <typename Info>
void FillProfileInfo(const GpuProfile& owner, const ComputeProfile& profile, Info& info) {
  info.id = profile.id;
  info.sliceCount = profile.slice_count;
  info.instanceCount = profile.instance_count;
  info.multiprocessorCount = profile.multiprocessor_count;
  info.sharedCopyEngineCount = owner.engines.copy;
  info.sharedDecoderCount = owner.engines.decoder;
  info.sharedEncoderCount = owner.engines.encoder;
  info.sharedJpegCount = owner.engines.jpeg;
  info.sharedOfaCount = owner.engines.ofa;
  if constexpr (requires { info.name; }) PutText(info.name, PrefixedName(profile.name));
  if constexpr (requires { info.capabilities; }) {
    info.capabilities = profile.graphics ? abi::NVML_COMPUTE_INSTANCE_PROFILE_CAPS_GFX : 0;
  }
}

// The caller's version tag says which struct it passed: v2, or v3 from R545 on.
template <typename V2, typename V3, typename Fill>
abi::nvmlReturn_t FillVersioned(V2* info, unsigned v2_tag, unsigned v3_tag, DriverVersion driver,
                                Fill fill) {
  if (info->version == v2_tag) {
    fill(*info);
    return abi::NVML_SUCCESS;
  }
  if (info->version == v3_tag && driver >= kFirstProfileInfoV3) {
    fill(*reinterpret_cast<V3*>(info));
    return abi::NVML_SUCCESS;
  }
  return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_PROFILE_INFO_H_
