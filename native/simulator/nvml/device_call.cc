#include "simulator/nvml/device_call.h"

namespace migsim {

namespace {

// Generation 0 stands for whole GPUs.
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

abi::nvmlReturn_t ResolveAny(const void* pointer, const SimMachine& machine, const Reading& reading,
                             HandleTarget& target) {
  Handle handle;
  if (!DecodeHandle(pointer, handle) || handle.gpu >= machine.gpu_count()) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  const GpuState& gpu = reading.Gpu(handle.gpu);
  const std::uint32_t generation = GenerationAt(gpu, handle);
  const bool gone = generation == 0 && handle.kind != HandleKind::kGpu;
  const std::uint32_t token = HandleToken(machine.session(), reading.enumeration(), generation);
  if (gone || gpu.removed || handle.token != token) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  target = {handle.kind, handle.gpu, handle.gpu_instance, handle.compute_instance};
  return gpu.lost ? abi::NVML_ERROR_GPU_IS_LOST : abi::NVML_SUCCESS;
}

}  // namespace

abi::nvmlDevice_t GpuHandle(const SimMachine& machine, const Reading& reading,
                            unsigned machine_number, unsigned gpu) {
  return EncodeHandle<abi::nvmlDevice_t>(
      {static_cast<std::uint8_t>(machine_number), HandleKind::kGpu, static_cast<std::uint8_t>(gpu),
       0, 0, HandleToken(machine.session(), reading.enumeration(), 0)});
}

abi::nvmlDevice_t Call::gpu_handle() const {
  return migsim::GpuHandle(machine, reading, machine_number, target.gpu);
}

namespace {

template <typename Pointer>
Pointer InstanceHandle(const Call& call, HandleKind kind, unsigned gpu_instance,
                       unsigned compute_instance) {
  Handle handle{
      static_cast<std::uint8_t>(call.machine_number), kind,
      static_cast<std::uint8_t>(call.target.gpu),     static_cast<std::uint8_t>(gpu_instance),
      static_cast<std::uint8_t>(compute_instance),    0};
  handle.token = HandleToken(call.machine.session(), call.reading.enumeration(),
                             GenerationAt(call.gpu().state, handle));
  return EncodeHandle<Pointer>(handle);
}

}  // namespace

abi::nvmlDevice_t Call::MigDeviceHandle(MigDevice device) const {
  return InstanceHandle<abi::nvmlDevice_t>(*this, HandleKind::kMigDevice, device.gpu_instance,
                                           device.compute_instance);
}

abi::nvmlGpuInstance_t Call::GpuInstanceHandle(unsigned id) const {
  return InstanceHandle<abi::nvmlGpuInstance_t>(*this, HandleKind::kGpuInstance, id, 0);
}

abi::nvmlComputeInstance_t Call::ComputeInstanceHandle(unsigned gpu_instance, unsigned id) const {
  return InstanceHandle<abi::nvmlComputeInstance_t>(*this, HandleKind::kComputeInstance,
                                                    gpu_instance, id);
}

unsigned MachineOf(const void* pointer) {
  Handle handle;
  return DecodeHandle(pointer, handle) ? handle.machine : SelectedMachine();
}

unsigned GpuOf(const void* pointer) {
  Handle handle;
  return DecodeHandle(pointer, handle) ? handle.gpu : kNoGpu;
}

abi::nvmlReturn_t Resolve(const void* handle, HandleKind kind, const SimMachine& machine,
                          const Reading& reading, HandleTarget& target) {
  const abi::nvmlReturn_t result = ResolveAny(handle, machine, reading, target);
  if (result == abi::NVML_SUCCESS && target.kind != kind) return abi::NVML_ERROR_INVALID_ARGUMENT;
  return result;
}

abi::nvmlReturn_t Resolve(const void* handle, Accepts accepts, const SimMachine& machine,
                          const Reading& reading, HandleTarget& target) {
  const abi::nvmlReturn_t result = ResolveAny(handle, machine, reading, target);
  if (result != abi::NVML_SUCCESS) return result;
  switch (target.kind) {
    case HandleKind::kGpu:
      return accepts == Accepts::kMigDevice ? abi::NVML_ERROR_NOT_SUPPORTED : abi::NVML_SUCCESS;
    case HandleKind::kMigDevice:
      return accepts == Accepts::kGpu ? abi::NVML_ERROR_INVALID_ARGUMENT : abi::NVML_SUCCESS;
    default:
      return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
}

}  // namespace migsim
