// Draining, removing and discovering GPUs. These calls name a GPU by its PCI
// address, because it may be one that no handle leads to.
#include "simulator/model/attachment.h"

#include <array>
#include <optional>

#include "simulator/nvml/caller.h"
#include "simulator/nvml/exports.h"
#include "simulator/nvml/function_name.h"
#include "simulator/nvml/gate.h"
#include "simulator/nvml/result.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

using namespace nvml_abi;

// The members that all layouts of the struct have at the same place.
template <typename Info>
PciAddress AddressIn(const Info& pci) {
  return {pci.domain, pci.bus, pci.device};
}

std::optional<unsigned> GpuAt(const Machine& machine, const PciAddress& address) {
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (machine.PciAddressOf(gpu) == address) return gpu;
  }
  return std::nullopt;
}

bool IsAdmin(const Reading& reading) {
  return CallerPrivileges(reading.controls().privileges) >= Privileges::kAdmin;
}

void RaiseSystemEvent(Transaction& transaction, unsigned gpu, unsigned long long type) {
  transaction.Raise({0, type, 0, gpu, EventScope::kSystem});
}

JournalRecord RecordOf(FunctionId function, std::optional<unsigned> gpu, std::uint32_t setting) {
  JournalRecord record = {};
  record.function = function;
  record.gpu = static_cast<std::uint16_t>(gpu.value_or(kWholeMachine));
  record.setting = setting;
  return record;
}

// One change of the GPU at an address, with its journal record:
// body(transaction, gpu).
template <FunctionName kName, typename Info, typename Body>
nvmlReturn_t ChangeAt(const Info* pci, std::uint32_t setting, Body body) {
  const Gate gate(kName.id(), SelectedMachine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  const auto gpu = pci == nullptr ? std::nullopt : GpuAt(gate.machine(), AddressIn(*pci));
  if (!gpu) return gate.struck() ? gate.answer() : NVML_ERROR_INVALID_ARGUMENT;
  Transaction transaction(gate.machine());
  if (gate.machine().broken()) return NVML_ERROR_UNKNOWN;
  JournalRecord record = RecordOf(kName.id(), gpu, setting);
  record.struck = gate.struck();
  const auto answer = [&] {
    if (gate.struck()) return gate.answer();
    if (!IsAdmin(transaction)) return NVML_ERROR_NO_PERMISSION;
    return transaction.Gpu(*gpu).removed ? NVML_ERROR_INVALID_ARGUMENT : body(transaction, *gpu);
  }();
  record.result = answer;
  transaction.Record(record);
  transaction.Commit();
  return answer;
}

template <FunctionName kName, typename Info>
nvmlReturn_t RemoveAt(const Info* pci, nvmlPcieLinkState_t link = NVML_PCIE_LINK_KEEP) {
  return ChangeAt<kName>(pci, kNotRecorded, [=](Transaction& transaction, unsigned gpu) {
    // The ports of this machine keep their links.
    if (link == NVML_PCIE_LINK_SHUT_DOWN) return NVML_ERROR_NOT_SUPPORTED;
    GpuState& state = transaction.ChangeGpu(gpu);
    const GpuView view{gpu, transaction.driver(), state};
    const Outcome outcome = RemoveGpu(view, state, transaction.processes());
    if (outcome != Outcome::kSuccess) return ToNvml(outcome);
    transaction.RenumberGpus();
    RaiseSystemEvent(transaction, gpu, nvmlSystemEventTypeGpuDriverUnbind);
    return NVML_SUCCESS;
  });
}

bool Discover(Transaction& transaction, unsigned gpu) {
  if (!transaction.Gpu(gpu).removed || !DiscoverGpu(transaction.ChangeGpu(gpu))) return false;
  RaiseSystemEvent(transaction, gpu, nvmlSystemEventTypeGpuDriverBind);
  return true;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceModifyDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t newState) {
  return ChangeAt<"nvmlDeviceModifyDrainState">(
      pciInfo, newState, [=](Transaction& transaction, unsigned gpu) {
        if (newState > NVML_FEATURE_ENABLED) return NVML_ERROR_INVALID_ARGUMENT;
        GpuState& state = transaction.ChangeGpu(gpu);
        return ToNvml(SetDraining(state, newState == NVML_FEATURE_ENABLED));
      });
}

nvmlReturn_t nvmlDeviceQueryDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t* currentState) {
  const Gate gate(FunctionIdOf("nvmlDeviceQueryDrainState"), SelectedMachine());
  if (gate.answered()) return gate.answer();
  if (pciInfo == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  const auto gpu = GpuAt(gate.machine(), AddressIn(*pciInfo));
  if (!gpu) return NVML_ERROR_INVALID_ARGUMENT;
  const Reading reading(gate.machine());
  if (reading.Gpu(*gpu).removed) return NVML_ERROR_INVALID_ARGUMENT;
  return Give(currentState, static_cast<nvmlEnableState_t>(reading.Gpu(*gpu).draining));
}

nvmlReturn_t nvmlDeviceRemoveGpu(nvmlPciInfo_v2_t* pciInfo) {
  return RemoveAt<"nvmlDeviceRemoveGpu">(pciInfo);
}

nvmlReturn_t nvmlDeviceRemoveGpu_v2(nvmlPciInfo_t* pciInfo, nvmlDetachGpuState_t gpuState,
                                    nvmlPcieLinkState_t linkState) {
  const bool known = gpuState <= NVML_DETACH_GPU_REMOVE && linkState <= NVML_PCIE_LINK_SHUT_DOWN;
  // No link is shut down below a device that the operating system keeps. Source:
  // open-gpu-kernel-modules, client_resource.c, modify drain state.
  const bool possible = linkState == NVML_PCIE_LINK_KEEP || gpuState == NVML_DETACH_GPU_REMOVE;
  return RemoveAt<"nvmlDeviceRemoveGpu_v2">(known && possible ? pciInfo : nullptr, linkState);
}

nvmlReturn_t nvmlDeviceDiscoverGpus(nvmlPciInfo_t* pciInfo) {
  constexpr FunctionId kFunction = FunctionIdOf("nvmlDeviceDiscoverGpus");
  const Gate gate(kFunction, SelectedMachine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  if (pciInfo == nullptr) return gate.struck() ? gate.answer() : NVML_ERROR_INVALID_ARGUMENT;
  const Machine& machine = gate.machine();
  const PciAddress address = AddressIn(*pciInfo);
  const bool everywhere = address == PciAddress{};
  const auto gpu = everywhere ? std::nullopt : GpuAt(machine, address);
  Transaction transaction(machine);
  if (machine.broken()) return NVML_ERROR_UNKNOWN;
  JournalRecord record = RecordOf(kFunction, gpu, kNotRecorded);
  record.struck = gate.struck();
  const bool allowed = IsAdmin(transaction);
  record.result = gate.struck() ? gate.answer() : allowed ? NVML_SUCCESS : NVML_ERROR_NO_PERMISSION;
  if (!gate.struck() && allowed) {
    bool any = false;
    for (unsigned i = 0; i < machine.gpu_count(); ++i) {
      if (everywhere || gpu == i) any |= Discover(transaction, i);
    }
    if (any) transaction.RenumberGpus();
  }
  // A search where there is no GPU finds none, ever.
  if (everywhere || gpu) transaction.Record(record);
  transaction.Commit();
  return static_cast<nvmlReturn_t>(record.result);
}

}  // namespace nvml_abi
