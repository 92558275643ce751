#include "simulator/store/steering.h"

#include <algorithm>

#include "simulator/store/layout.h"
#include "simulator/store/transaction.h"

namespace migsim {
namespace {

bool IsSteered(const SimMachine& machine) {
  return machine.store().steered.load(std::memory_order_acquire) != 0;
}

// Published times of one GPU instance, in milliseconds: A100 and H100, driver
// of 2023.
struct InstanceTimes {
  unsigned slices;
  std::uint16_t create_a100;
  std::uint16_t destroy_a100;
  std::uint16_t create_h100;
  std::uint16_t destroy_h100;
};

constexpr InstanceTimes kInstanceTimes[] = {
    {1, 160, 200, 160, 210}, {2, 170, 205, 210, 220}, {3, 200, 210, 330, 235},
    {4, 210, 215, 380, 245}, {7, 240, 220, 420, 260},
};

std::uint32_t PresetMs(LatencyPreset preset, std::string_view function, unsigned slices) {
  const auto times = std::ranges::find_if(
      kInstanceTimes, [=](const InstanceTimes& entry) { return entry.slices >= slices; });
  if (slices == 0 || times == std::end(kInstanceTimes)) return 0;
  const bool creates = function.find("Create") != function.npos;
  switch (preset) {
    case LatencyPreset::kNone:
      return 0;
    case LatencyPreset::kA100:
      return creates ? times->create_a100 : times->destroy_a100;
    case LatencyPreset::kH100:
      return creates ? times->create_h100 : times->destroy_h100;
  }
  return 0;
}

// Counts one call; true when the fault strikes it.
bool Strikes(Fault& fault) {
  if (fault.calls_before != 0) {
    --fault.calls_before;
    return false;
  }
  if (fault.calls_left == 0) return false;
  --fault.calls_left;
  return true;
}

}  // namespace

Steering Steer(SimMachine& machine, FunctionId function) {
  Steering steering;
  if (!IsSteered(machine)) return steering;
  Transaction transaction(machine);
  if (transaction.controls().fault_count == 0) return steering;
  const std::string_view name = NameWithoutVersion(ExportedFunctions()[function].name);
  Controls& controls = transaction.ChangeControls();
  Fault* const end = controls.faults + controls.fault_count;
  bool counted = false;
  for (Fault* fault = controls.faults; fault != end; ++fault) {
    if (name != fault->function) continue;
    counted = true;
    if (!Strikes(*fault)) continue;
    steering.hang_ms = std::max(steering.hang_ms, fault->hang_ms);
    if (!steering.result && fault->result != kAnswersAsUsual) steering.result = fault->result;
  }
  if (!counted) return steering;
  Fault* const kept = std::remove_if(controls.faults, end,
                                     [](const Fault& fault) { return fault.calls_left == 0; });
  controls.fault_count = static_cast<std::uint32_t>(kept - controls.faults);
  JournalRecord record = {};
  record.kind = RecordKind::kFaultCounted;
  record.gpu = kWholeMachine;
  record.function = function;
  transaction.Record(record);
  transaction.Commit();
  return steering;
}

std::uint32_t LatencyUs(const SimMachine& machine, FunctionId function, unsigned slices) {
  if (!IsSteered(machine)) return 0;
  const Reading reading(machine);
  const Controls& controls = reading.controls();
  if (const std::uint32_t us = controls.latency_us[function]; us != 0) return us;
  return 1000 * PresetMs(controls.latency_preset, ExportedFunctions()[function].name, slices);
}

}  // namespace migsim
