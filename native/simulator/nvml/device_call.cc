#include "simulator/nvml/device_call.h"

namespace migsim {

using namespace nvml_abi;

namespace {

// Generation 0 belongs to whole GPUs.
std::uint32_t generation_at(const GpuState& gpu, const Handle& handle) {
  const GpuInstance& gpu_instance = gpu.instances[handle.gpu_instance];
  switch (handle.kind) {
    case HandleKind::kGpu:
      return 0;
    case HandleKind::kGpuInstance:
      return gpu_instance.generation;
    case HandleKind::kComputeInstance:
    case HandleKind::kMigDevice:
      return handle.compute_instance < kComputeInstanceSlots
                 ? gpu_instance.compute_instances[handle.compute_instance].generation
                 : 0;
  }
  return 0;
}

nvmlReturn_t resolve_any(const void* pointer, const Machine& machine, const Reading& reading,
                         Place& place) {
  Handle handle;
  if (!decode_handle(pointer, handle) || handle.gpu >= machine.gpu_count()) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  const GpuState& gpu = reading.gpu(handle.gpu);
  const std::uint32_t generation = generation_at(gpu, handle);
  const bool gone = generation == 0 && handle.kind != HandleKind::kGpu;
  const std::uint32_t token = handle_token(machine.session(), reading.enumeration(), generation);
  if (gone || gpu.removed || handle.token != token) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  place = {handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance};
  return gpu.lost ? NVML_ERROR_GPU_IS_LOST : NVML_SUCCESS;
}

}  // namespace

nvmlDevice_t gpu_handle(const Machine& machine, const Reading& reading, unsigned machine_number,
                        unsigned gpu) {
  return encode_handle<nvmlDevice_t>({static_cast<std::uint8_t>(machine_number), HandleKind::kGpu,
                                      static_cast<std::uint8_t>(gpu), 0, 0,
                                      handle_token(machine.session(), reading.enumeration(), 0)});
}

nvmlDevice_t Call::gpu_handle() const {
  return migsim::gpu_handle(machine, reading, machine_number, place.gpu);
}

namespace {

template <typename Pointer>
Pointer instance_handle(const Call& call, HandleKind kind, unsigned gpu_instance,
                        unsigned compute_instance) {
  Handle handle{
      static_cast<std::uint8_t>(call.machine_number), kind,
      static_cast<std::uint8_t>(call.place.gpu),      static_cast<std::uint8_t>(gpu_instance),
      static_cast<std::uint8_t>(compute_instance),    0};
  handle.token = handle_token(call.machine.session(), call.reading.enumeration(),
                              generation_at(call.gpu().state, handle));
  return encode_handle<Pointer>(handle);
}

}  // namespace

nvmlDevice_t Call::mig_device_handle(MigDevice device) const {
  return instance_handle<nvmlDevice_t>(*this, HandleKind::kMigDevice, device.gpu_instance,
                                       device.compute_instance);
}

nvmlGpuInstance_t Call::gpu_instance_handle(unsigned id) const {
  return instance_handle<nvmlGpuInstance_t>(*this, HandleKind::kGpuInstance, id, 0);
}

nvmlComputeInstance_t Call::compute_instance_handle(unsigned gpu_instance, unsigned id) const {
  return instance_handle<nvmlComputeInstance_t>(*this, HandleKind::kComputeInstance, gpu_instance,
                                                id);
}

unsigned machine_of(const void* pointer) {
  Handle handle;
  return decode_handle(pointer, handle) ? handle.machine : selected_machine();
}

unsigned gpu_of(const void* pointer) {
  Handle handle;
  return decode_handle(pointer, handle) ? handle.gpu : kNoGpu;
}

nvmlReturn_t resolve(const void* handle, HandleKind kind, const Machine& machine,
                     const Reading& reading, Place& place) {
  const nvmlReturn_t result = resolve_any(handle, machine, reading, place);
  if (result == NVML_SUCCESS && place.kind != kind) return NVML_ERROR_INVALID_ARGUMENT;
  return result;
}

nvmlReturn_t resolve(const void* handle, Accepts accepts, const Machine& machine,
                     const Reading& reading, Place& place) {
  const nvmlReturn_t result = resolve_any(handle, machine, reading, place);
  if (result != NVML_SUCCESS) return result;
  switch (place.kind) {
    case HandleKind::kGpu:
      return accepts == Accepts::kMigDevice ? NVML_ERROR_NOT_SUPPORTED : NVML_SUCCESS;
    case HandleKind::kMigDevice:
      return accepts == Accepts::kGpu ? NVML_ERROR_INVALID_ARGUMENT : NVML_SUCCESS;
    default:
      return NVML_ERROR_INVALID_ARGUMENT;
  }
}

}  // namespace migsim
