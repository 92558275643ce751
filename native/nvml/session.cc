#include "nvml/session.h"

#include <cstdlib>
#include <utility>

#include "nvml/abi/values.h"
#include "nvml/bounds.h"
#include "nvml/text.h"

namespace mig {

Outcome<std::shared_ptr<Session>> Session::Open(Machine* machine) {
  const std::lock_guard<std::mutex> guard(machine->opening_);
  if (auto session = machine->session_.lock(); session != nullptr && session->IsAlive())
    return session;

  const Machine::Selection selection(*machine);
  const Symbols& nvml = machine->nvml();
  if (const Status status = nvml.nvmlInit_v2(); !status.ok()) return status;
  // From here on, the destructor shuts NVML down again.
  std::shared_ptr<Session> session(new Session(machine));
  auto version =
      ReadText<abi::NVML_SYSTEM_DRIVER_VERSION_BUFFER_SIZE>(nvml.nvmlSystemGetDriverVersion);
  if (!version.ok()) return version.status;
  session->driver_version_ = std::move(version.value);
  session->driver_branch_ =
      static_cast<unsigned int>(std::strtoul(session->driver_version_.c_str(), nullptr, 10));
  machine->session_ = session;
  return session;
}

bool Session::IsAlive() {
  if (CountGpus().status.is(abi::NVML_ERROR_UNINITIALIZED)) alive_ = false;
  return alive_;
}

Session::~Session() {
  // NVML counts initialisations: this would end that of the next session.
  if (!alive_) return;
  const Machine::Selection selection(*machine_);
  nvml().nvmlShutdown();
}

Outcome<unsigned int> Session::CountGpus() const {
  const Machine::Selection selection(*machine_);
  unsigned int count = 0;
  const Status counted = nvml().nvmlDeviceGetCount_v2(&count);
  const Status status = CheckCount(counted, "GPUs", count, kMostGpus);
  return status.ok() ? Outcome(count) : Outcome<unsigned int>(status);
}

Outcome<abi::nvmlDevice_t> Session::GpuAt(unsigned int index, std::string* uuid) {
  abi::nvmlDevice_t device = nullptr;
  {
    const Machine::Selection selection(*machine_);
    if (const Status status = nvml().nvmlDeviceGetHandleByIndex_v2(index, &device); !status.ok())
      return status;
  }
  auto text = ReadText<abi::NVML_DEVICE_UUID_V2_BUFFER_SIZE>(nvml().nvmlDeviceGetUUID, device);
  if (!text.ok()) return text.status;
  const std::lock_guard<std::mutex> guard(mutex_);
  devices_[text.value] = device;
  uuids_[index] = text.value;
  *uuid = std::move(text.value);
  return device;
}

Outcome<abi::nvmlDevice_t> Session::GpuAtPciBusId(const std::string& bus_id) const {
  const Machine::Selection selection(*machine_);
  abi::nvmlDevice_t device = nullptr;
  const Status status = nvml().nvmlDeviceGetHandleByPciBusId_v2(bus_id.c_str(), &device);
  return status.ok() ? Outcome(device) : Outcome<abi::nvmlDevice_t>(status);
}

Outcome<std::string> Session::NvmlVersion() const {
  const Machine::Selection selection(*machine_);
  return ReadText<abi::NVML_SYSTEM_NVML_VERSION_BUFFER_SIZE>(nvml().nvmlSystemGetNVMLVersion);
}

Outcome<unsigned int> Session::CudaVersion() const {
  const Machine::Selection selection(*machine_);
  int version = 0;
  Status status = nvml().nvmlSystemGetCudaDriverVersion_v2(&version);
  if (status.missing()) status = nvml().nvmlSystemGetCudaDriverVersion(&version);
  if (!status.ok()) return status;
  return static_cast<unsigned int>(version);
}

Outcome<std::string> Session::ProcessName(unsigned int pid) const {
  const Machine::Selection selection(*machine_);
  return ReadText<1024>(nvml().nvmlSystemGetProcessName, pid);
}

Outcome<abi::nvmlDevice_t> Session::Device(const std::string& uuid) {
  const bool is_gpu = uuid.starts_with("GPU-");
  if (is_gpu) {
    const std::lock_guard<std::mutex> guard(mutex_);
    if (const auto kept = devices_.find(uuid); kept != devices_.end()) return kept->second;
  }
  abi::nvmlDevice_t device = nullptr;
  {
    const Machine::Selection selection(*machine_);
    if (const Status status = nvml().nvmlDeviceGetHandleByUUID(uuid.c_str(), &device); !status.ok())
      return status;
  }
  if (is_gpu) {
    const std::lock_guard<std::mutex> guard(mutex_);
    devices_[uuid] = device;
  }
  return device;
}

Outcome<std::shared_ptr<const GpuIdentity>> Session::Identity(const std::string& uuid,
                                                              abi::nvmlDevice_t gpu) {
  {
    const std::lock_guard<std::mutex> guard(mutex_);
    const auto kept = identities_.find(uuid);
    if (kept != identities_.end() && kept->second->memory_total && kept->second->minor_number)
      return kept->second;
  }
  auto read = GetIdentity(nvml(), gpu);
  if (!read.ok()) return read.status;
  const auto identity = std::make_shared<const GpuIdentity>(std::move(read.value));
  const std::lock_guard<std::mutex> guard(mutex_);
  identities_[uuid] = identity;
  return identity;
}

void Session::Consider(const std::string& uuid, Status answer) {
  if (answer.is(abi::NVML_ERROR_UNINITIALIZED) || answer.is(abi::NVML_ERROR_INVALID_ARGUMENT) ||
      answer.is(abi::NVML_ERROR_GPU_IS_LOST))
    Forget(uuid);
}

void Session::Forget(const std::string& uuid) {
  const std::lock_guard<std::mutex> guard(mutex_);
  devices_.erase(uuid);
  identities_.erase(uuid);
}

std::string Session::LastUuidAt(unsigned int index) {
  const std::lock_guard<std::mutex> guard(mutex_);
  const auto found = uuids_.find(index);
  return found == uuids_.end() ? std::string() : found->second;
}

}  // namespace mig
