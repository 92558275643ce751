// The questions that the probe puts to a library. All are reads, or make and free something of this
// process alone (an NVML session, an event set).
#ifndef MIG_DEVICE_PROBE_QUESTIONS_H_
#define MIG_DEVICE_PROBE_QUESTIONS_H_

#include "call.h"

namespace migprobe {

// Without NVML being initialised.
void ask_place(const Subject& system);
void ask_exported_names(const Subject& system);
void ask_error_texts(const Subject& system);

void ask_system(const Subject& system);
void ask_gpu(const Subject& gpu, nvml_abi::nvmlDevice_t handle);
void ask_processes(const Subject& gpu, nvml_abi::nvmlDevice_t handle);
void ask_events(const Subject& gpu, nvml_abi::nvmlDevice_t handle);
void ask_profiles(const Subject& gpu, nvml_abi::nvmlDevice_t handle);
void ask_placements(const Subject& gpu, nvml_abi::nvmlDevice_t handle, unsigned profile_id);
void ask_gpu_instances(const Subject& gpu, nvml_abi::nvmlDevice_t handle, unsigned profile_id);
void ask_compute_instances(const Subject& gpu, nvml_abi::nvmlGpuInstance_t gpu_instance);
void ask_mig_devices(const Subject& gpu, nvml_abi::nvmlDevice_t handle);

// With struct versions that no driver can know. Last, because these may crash it.
void ask_version_tags(const Subject& gpu, nvml_abi::nvmlDevice_t handle);

}  // namespace migprobe

#endif  // MIG_DEVICE_PROBE_QUESTIONS_H_
