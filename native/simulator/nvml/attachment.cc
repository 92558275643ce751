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
PciAddress address_in(const Info& pci) {
  return {pci.domain, pci.bus, pci.device};
}

std::optional<unsigned> gpu_at(const Machine& machine, const PciAddress& address) {
  for (unsigned gpu = 0; gpu < machine.gpu_count(); ++gpu) {
    if (machine.pci_address(gpu) == address) return gpu;
  }
  return std::nullopt;
}

bool is_admin(const Reading& reading) {
  return caller_privileges(reading.controls().privileges) >= Privileges::kAdmin;
}

void raise_system_event(Transaction& transaction, unsigned gpu, unsigned long long type) {
  transaction.raise({0, type, 0, gpu, EventScope::kSystem});
}

JournalRecord record_of(FunctionId function, std::optional<unsigned> gpu, std::uint32_t setting) {
  JournalRecord record = {};
  record.function = function;
  record.gpu = static_cast<std::uint16_t>(gpu.value_or(kWholeMachine));
  record.setting = setting;
  return record;
}

// One change of the GPU at an address, with its journal record:
// body(transaction, gpu).
template <FunctionName kName, typename Info, typename Body>
nvmlReturn_t change_at(const Info* pci, std::uint32_t setting, Body body) {
  const Gate gate(kName.id(), selected_machine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  const auto gpu = pci == nullptr ? std::nullopt : gpu_at(gate.machine(), address_in(*pci));
  if (!gpu) return gate.struck() ? gate.answer() : NVML_ERROR_INVALID_ARGUMENT;
  Transaction transaction(gate.machine());
  if (gate.machine().broken()) return NVML_ERROR_UNKNOWN;
  JournalRecord record = record_of(kName.id(), gpu, setting);
  record.struck = gate.struck();
  const auto answer = [&] {
    if (gate.struck()) return gate.answer();
    if (!is_admin(transaction)) return NVML_ERROR_NO_PERMISSION;
    return transaction.gpu(*gpu).removed ? NVML_ERROR_INVALID_ARGUMENT : body(transaction, *gpu);
  }();
  record.result = answer;
  transaction.record(record);
  transaction.commit();
  return answer;
}

template <FunctionName kName, typename Info>
nvmlReturn_t remove_at(const Info* pci, nvmlPcieLinkState_t link = NVML_PCIE_LINK_KEEP) {
  return change_at<kName>(pci, kNotRecorded, [=](Transaction& transaction, unsigned gpu) {
    // The ports of this machine keep their links.
    if (link == NVML_PCIE_LINK_SHUT_DOWN) return NVML_ERROR_NOT_SUPPORTED;
    GpuState& state = transaction.change_gpu(gpu);
    const GpuView view{gpu, transaction.driver(), state};
    const Outcome outcome = remove_gpu(view, state, transaction.processes());
    if (outcome != Outcome::kSuccess) return to_nvml(outcome);
    transaction.renumber_gpus();
    raise_system_event(transaction, gpu, nvmlSystemEventTypeGpuDriverUnbind);
    return NVML_SUCCESS;
  });
}

bool discover(Transaction& transaction, unsigned gpu) {
  if (!transaction.gpu(gpu).removed || !discover_gpu(transaction.change_gpu(gpu))) return false;
  raise_system_event(transaction, gpu, nvmlSystemEventTypeGpuDriverBind);
  return true;
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlDeviceModifyDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t newState) {
  return change_at<"nvmlDeviceModifyDrainState">(
      pciInfo, newState, [=](Transaction& transaction, unsigned gpu) {
        if (newState > NVML_FEATURE_ENABLED) return NVML_ERROR_INVALID_ARGUMENT;
        GpuState& state = transaction.change_gpu(gpu);
        return to_nvml(set_draining(state, newState == NVML_FEATURE_ENABLED));
      });
}

nvmlReturn_t nvmlDeviceQueryDrainState(nvmlPciInfo_t* pciInfo, nvmlEnableState_t* currentState) {
  const Gate gate(function_id("nvmlDeviceQueryDrainState"), selected_machine());
  if (gate.answered()) return gate.answer();
  if (pciInfo == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  const auto gpu = gpu_at(gate.machine(), address_in(*pciInfo));
  if (!gpu) return NVML_ERROR_INVALID_ARGUMENT;
  const Reading reading(gate.machine());
  if (reading.gpu(*gpu).removed) return NVML_ERROR_INVALID_ARGUMENT;
  return give(currentState, static_cast<nvmlEnableState_t>(reading.gpu(*gpu).draining));
}

nvmlReturn_t nvmlDeviceRemoveGpu(nvmlPciInfo_v2_t* pciInfo) {
  return remove_at<"nvmlDeviceRemoveGpu">(pciInfo);
}

nvmlReturn_t nvmlDeviceRemoveGpu_v2(nvmlPciInfo_t* pciInfo, nvmlDetachGpuState_t gpuState,
                                    nvmlPcieLinkState_t linkState) {
  const bool known = gpuState <= NVML_DETACH_GPU_REMOVE && linkState <= NVML_PCIE_LINK_SHUT_DOWN;
  // No link is shut down below a device that the operating system keeps. Source:
  // open-gpu-kernel-modules, client_resource.c, modify drain state.
  const bool possible = linkState == NVML_PCIE_LINK_KEEP || gpuState == NVML_DETACH_GPU_REMOVE;
  return remove_at<"nvmlDeviceRemoveGpu_v2">(known && possible ? pciInfo : nullptr, linkState);
}

nvmlReturn_t nvmlDeviceDiscoverGpus(nvmlPciInfo_t* pciInfo) {
  constexpr FunctionId kFunction = function_id("nvmlDeviceDiscoverGpus");
  const Gate gate(kFunction, selected_machine());
  if (gate.answered() && !gate.struck()) return gate.answer();
  if (pciInfo == nullptr) return gate.struck() ? gate.answer() : NVML_ERROR_INVALID_ARGUMENT;
  const Machine& machine = gate.machine();
  const PciAddress address = address_in(*pciInfo);
  const bool everywhere = address == PciAddress{};
  const auto gpu = everywhere ? std::nullopt : gpu_at(machine, address);
  Transaction transaction(machine);
  if (machine.broken()) return NVML_ERROR_UNKNOWN;
  JournalRecord record = record_of(kFunction, gpu, kNotRecorded);
  record.struck = gate.struck();
  const bool allowed = is_admin(transaction);
  record.result = gate.struck() ? gate.answer() : allowed ? NVML_SUCCESS : NVML_ERROR_NO_PERMISSION;
  if (!gate.struck() && allowed) {
    bool any = false;
    for (unsigned i = 0; i < machine.gpu_count(); ++i) {
      if (everywhere || gpu == i) any |= discover(transaction, i);
    }
    if (any) transaction.renumber_gpus();
  }
  // A search where there is no GPU finds none, ever.
  if (everywhere || gpu) transaction.record(record);
  transaction.commit();
  return static_cast<nvmlReturn_t>(record.result);
}

}  // namespace nvml_abi
