// Draining, removing and discovering GPUs. These calls name a GPU by its PCI address, because no
// handle leads to some of these GPUs.
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

// The members that have the same offset in all layouts of the struct.
template <typename Info>
PciAddress AddressIn(const Info& pci) {
  return {pci.domain, pci.bus, pci.device};
}

std::optional<unsigned> GpuAt(const SimMachine& machine, const PciAddress& address) {
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

// One change of the GPU at an address, with its journal record: calls body(transaction, gpu).
template <FunctionName kName, typename Info, typename Body>
abi::nvmlReturn_t ChangeAt(const Info* pci, std::uint32_t setting, Body body) {
  const Gate gate(kName.id(), SelectedMachine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  const auto gpu = pci == nullptr ? std::nullopt : GpuAt(gate.machine(), AddressIn(*pci));
  if (!gpu) return gate.struck() ? gate.answer() : abi::NVML_ERROR_INVALID_ARGUMENT;
  Transaction transaction(gate.machine());
  if (gate.machine().broken()) return abi::NVML_ERROR_UNKNOWN;
  JournalRecord record = RecordOf(kName.id(), gpu, setting);
  record.struck = gate.struck();
  const auto answer = [&] {
    if (gate.struck()) return gate.answer();
    if (!IsAdmin(transaction)) return abi::NVML_ERROR_NO_PERMISSION;
    return transaction.Gpu(*gpu).removed ? abi::NVML_ERROR_INVALID_ARGUMENT
                                         : body(transaction, *gpu);
  }();
  record.result = answer;
  transaction.Record(record);
  transaction.Commit();
  return answer;
}

template <FunctionName kName, typename Info>
abi::nvmlReturn_t RemoveAt(const Info* pci,
                           abi::nvmlPcieLinkState_t link = abi::NVML_PCIE_LINK_KEEP) {
  return ChangeAt<kName>(pci, kNotRecorded, [=](Transaction& transaction, unsigned gpu) {
    // The ports of this machine cannot shut down their links.
    if (link == abi::NVML_PCIE_LINK_SHUT_DOWN) return abi::NVML_ERROR_NOT_SUPPORTED;
    GpuState& state = transaction.ChangeGpu(gpu);
    const GpuView view{gpu, transaction.driver(), state};
    const ModelResult outcome = RemoveGpu(view, state, transaction.processes());
    if (outcome != ModelResult::kSuccess) return ToNvml(outcome);
    transaction.RenumberGpus();
    RaiseSystemEvent(transaction, gpu, abi::nvmlSystemEventTypeGpuDriverUnbind);
    return abi::NVML_SUCCESS;
  });
}

bool Discover(Transaction& transaction, unsigned gpu) {
  if (!transaction.Gpu(gpu).removed || !DiscoverGpu(transaction.ChangeGpu(gpu))) return false;
  RaiseSystemEvent(transaction, gpu, abi::nvmlSystemEventTypeGpuDriverBind);
  return true;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceModifyDrainState(abi::nvmlPciInfo_t* pciInfo,
                                                           abi::nvmlEnableState_t newState) {
  return ChangeAt<"nvmlDeviceModifyDrainState">(
      pciInfo, newState, [=](Transaction& transaction, unsigned gpu) {
        if (newState > abi::NVML_FEATURE_ENABLED) return abi::NVML_ERROR_INVALID_ARGUMENT;
        GpuState& state = transaction.ChangeGpu(gpu);
        return ToNvml(SetDraining(state, newState == abi::NVML_FEATURE_ENABLED));
      });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceQueryDrainState(abi::nvmlPciInfo_t* pciInfo,
                                                          abi::nvmlEnableState_t* currentState) {
  const Gate gate(FunctionIdOf("nvmlDeviceQueryDrainState"), SelectedMachine());
  if (gate.answered()) return gate.answer();
  if (pciInfo == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  const auto gpu = GpuAt(gate.machine(), AddressIn(*pciInfo));
  if (!gpu) return abi::NVML_ERROR_INVALID_ARGUMENT;
  const Reading reading(gate.machine());
  if (reading.Gpu(*gpu).removed) return abi::NVML_ERROR_INVALID_ARGUMENT;
  return Give(currentState, static_cast<abi::nvmlEnableState_t>(reading.Gpu(*gpu).draining));
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceRemoveGpu(abi::nvmlPciInfo_v2_t* pciInfo) {
  return RemoveAt<"nvmlDeviceRemoveGpu">(pciInfo);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceRemoveGpu_v2(abi::nvmlPciInfo_t* pciInfo,
                                                       abi::nvmlDetachGpuState_t gpuState,
                                                       abi::nvmlPcieLinkState_t linkState) {
  const bool known =
      gpuState <= abi::NVML_DETACH_GPU_REMOVE && linkState <= abi::NVML_PCIE_LINK_SHUT_DOWN;
  // No link is shut down below a device that the operating system keeps. Source:
  // open-gpu-kernel-modules, client_resource.c, modify drain state.
  const bool possible =
      linkState == abi::NVML_PCIE_LINK_KEEP || gpuState == abi::NVML_DETACH_GPU_REMOVE;
  return RemoveAt<"nvmlDeviceRemoveGpu_v2">(known && possible ? pciInfo : nullptr, linkState);
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceDiscoverGpus(abi::nvmlPciInfo_t* pciInfo) {
  constexpr FunctionId kFunction = FunctionIdOf("nvmlDeviceDiscoverGpus");
  const Gate gate(kFunction, SelectedMachine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  if (pciInfo == nullptr) return gate.struck() ? gate.answer() : abi::NVML_ERROR_INVALID_ARGUMENT;
  const SimMachine& machine = gate.machine();
  const PciAddress address = AddressIn(*pciInfo);
  const bool everywhere = address == PciAddress{};
  const auto gpu = everywhere ? std::nullopt : GpuAt(machine, address);
  Transaction transaction(machine);
  if (machine.broken()) return abi::NVML_ERROR_UNKNOWN;
  JournalRecord record = RecordOf(kFunction, gpu, kNotRecorded);
  record.struck = gate.struck();
  const bool allowed = IsAdmin(transaction);
  record.result = gate.struck() ? gate.answer()
                  : allowed     ? abi::NVML_SUCCESS
                                : abi::NVML_ERROR_NO_PERMISSION;
  if (!gate.struck() && allowed) {
    bool any = false;
    for (unsigned i = 0; i < machine.gpu_count(); ++i) {
      if (everywhere || gpu == i) any |= Discover(transaction, i);
    }
    if (any) transaction.RenumberGpus();
  }
  // A search at an address without a GPU never finds one.
  if (everywhere || gpu) transaction.Record(record);
  transaction.Commit();
  return static_cast<abi::nvmlReturn_t>(record.result);
}

}  // namespace migsim
