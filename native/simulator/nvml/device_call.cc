#include "simulator/nvml/device_call.h"

namespace migsim {

using namespace nvml_abi;

namespace {

// Generation 0 belongs to whole GPUs.
std::uint32_t GenerationAt(const GpuState& gpu, const Handle& handle) {
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

nvmlReturn_t ResolveAny(const void* pointer, const Machine& machine, const Reading& reading,
                        Place& place) {
  Handle handle;
  if (!DecodeHandle(pointer, handle) || handle.gpu >= machine.gpu_count()) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  const GpuState& gpu = reading.Gpu(handle.gpu);
  const std::uint32_t generation = GenerationAt(gpu, handle);
  const bool gone = generation == 0 && handle.kind != HandleKind::kGpu;
  const std::uint32_t token = HandleToken(machine.session(), reading.enumeration(), generation);
  if (gone || gpu.removed || handle.token != token) {
    return NVML_ERROR_INVALID_ARGUMENT;
  }
  place = {handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance};
  return gpu.lost ? NVML_ERROR_GPU_IS_LOST : NVML_SUCCESS;
}

}  // namespace

nvmlDevice_t GpuHandle(const Machine& machine, const Reading& reading, unsigned machine_number,
                       unsigned gpu) {
  return EncodeHandle<nvmlDevice_t>({static_cast<std::uint8_t>(machine_number), HandleKind::kGpu,
                                     static_cast<std::uint8_t>(gpu), 0, 0,
                                     HandleToken(machine.session(), reading.enumeration(), 0)});
}

nvmlDevice_t Call::gpu_handle() const {
  return migsim::GpuHandle(machine, reading, machine_number, place.gpu);
}

namespace {

template <typename Pointer>
Pointer InstanceHandle(const Call& call, HandleKind kind, unsigned gpu_instance,
                       unsigned compute_instance) {
  Handle handle{
      static_cast<std::uint8_t>(call.machine_number), kind,
      static_cast<std::uint8_t>(call.place.gpu),      static_cast<std::uint8_t>(gpu_instance),
      static_cast<std::uint8_t>(compute_instance),    0};
  handle.token = HandleToken(call.machine.session(), call.reading.enumeration(),
                             GenerationAt(call.gpu().state, handle));
  return EncodeHandle<Pointer>(handle);
}

}  // namespace

nvmlDevice_t Call::MigDeviceHandle(MigDevice device) const {
  return InstanceHandle<nvmlDevice_t>(*this, HandleKind::kMigDevice, device.gpu_instance,
                                      device.compute_instance);
}

nvmlGpuInstance_t Call::GpuInstanceHandle(unsigned id) const {
  return InstanceHandle<nvmlGpuInstance_t>(*this, HandleKind::kGpuInstance, id, 0);
}

nvmlComputeInstance_t Call::ComputeInstanceHandle(unsigned gpu_instance, unsigned id) const {
  return InstanceHandle<nvmlComputeInstance_t>(*this, HandleKind::kComputeInstance, gpu_instance,
                                               id);
}

unsigned MachineOf(const void* pointer) {
  Handle handle;
  return DecodeHandle(pointer, handle) ? handle.machine : SelectedMachine();
}

unsigned GpuOf(const void* pointer) {
  Handle handle;
  return DecodeHandle(pointer, handle) ? handle.gpu : kNoGpu;
}

nvmlReturn_t Resolve(const void* handle, HandleKind kind, const Machine& machine,
                     const Reading& reading, Place& place) {
  const nvmlReturn_t result = ResolveAny(handle, machine, reading, place);
  if (result == NVML_SUCCESS && place.kind != kind) return NVML_ERROR_INVALID_ARGUMENT;
  return result;
}

nvmlReturn_t Resolve(const void* handle, Accepts accepts, const Machine& machine,
                     const Reading& reading, Place& place) {
  const nvmlReturn_t result = ResolveAny(handle, machine, reading, place);
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
