// Handles are numbers in the form of pointers, never addresses. A stale or invented handle is
// recognised and never dereferenced.
#ifndef MIG_SIMULATOR_NVML_HANDLE_H_
#define MIG_SIMULATOR_NVML_HANDLE_H_

#include <cstdint>

namespace migsim {

enum class HandleKind : std::uint8_t { kGpu, kGpuInstance, kComputeInstance, kMigDevice };

struct Handle {
  std::uint8_t machine;
  HandleKind kind;
  std::uint8_t gpu;
  std::uint8_t gpu_instance;
  std::uint8_t compute_instance;
  std::uint32_t token;  // hash of the session, the enumeration of GPUs, and the generation
                        // of the instance
};

constexpr std::uint32_t HandleToken(std::uint32_t session, std::uint32_t enumeration,
                                    std::uint32_t generation) {
  // Odd factors are bijections: while no GPU comes or goes, two sessions never share the token of a
  // GPU.
  return session * 0x9E3779B1u ^ enumeration * 0x85EBCA6Bu ^ generation;
}

namespace handle_internal {

// No user-space address on x86-64 or aarch64 begins with this byte.
inline constexpr std::uint64_t kMagic = 0xA5;

}  // namespace handle_internal

template <typename Pointer>
Pointer EncodeHandle(const Handle& handle) {
  const std::uint64_t bits = handle_internal::kMagic << 56 | std::uint64_t{handle.machine} << 48 |
                             std::uint64_t{handle.gpu} << 42 |
                             static_cast<std::uint64_t>(handle.kind) << 40 |
                             std::uint64_t{handle.gpu_instance} << 36 |
                             std::uint64_t{handle.compute_instance} << 32 | handle.token;
  return reinterpret_cast<Pointer>(bits);
}

// False for anything that cannot be a handle.
inline bool DecodeHandle(const void* pointer, Handle& handle) {
  const auto bits = reinterpret_cast<std::uint64_t>(pointer);
  if (bits >> 56 != handle_internal::kMagic) return false;
  handle.machine = static_cast<std::uint8_t>(bits >> 48);
  handle.gpu = static_cast<std::uint8_t>(bits >> 42 & 0x3F);
  handle.kind = static_cast<HandleKind>(bits >> 40 & 0x3);
  handle.gpu_instance = static_cast<std::uint8_t>(bits >> 36 & 0xF);
  handle.compute_instance = static_cast<std::uint8_t>(bits >> 32 & 0xF);
  handle.token = static_cast<std::uint32_t>(bits);
  return true;
}

}  // namespace migsim

#endif  // MIG_SIMULATOR_NVML_HANDLE_H_
