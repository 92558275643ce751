// describe: the true state of a machine, whatever its permissions, faults and lost GPUs hide.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/gpu_names.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/machine_copy.h"
#include "simulator/control/verbs.h"
#include "simulator/model/driver_features.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/identity.h"

namespace migsim {
namespace {

void WriteSpan(JsonWriter& json, Span span) {
  json.Key("placement").BeginObject();
  json.Member("start", span.start).Member("size", span.size).EndObject();
}

// In the form that the driver uses.
std::string MigDeviceName(const SimMachine& machine, unsigned gpu, unsigned gpu_instance,
                          unsigned compute_instance) {
  if (machine.driver() < kFirstMigUuids) {
    return "MIG-" + GpuUuidText(machine, gpu) + "/" + std::to_string(gpu_instance) + "/" +
           std::to_string(compute_instance);
  }
  char text[kUuidTextSize];
  WriteUuid(MigDeviceUuid(machine.seed(), gpu, gpu_instance, compute_instance), text);
  return std::string("MIG-") + text;
}

void WriteComputeInstances(JsonWriter& json, const SimMachine& machine, const GpuView& gpu,
                           unsigned gpu_instance) {
  const GpuInstance& parent = gpu.state.instances[gpu_instance];
  json.Key("computeInstances").BeginArray();
  for (unsigned id = 0; id < kComputeInstanceSlots; ++id) {
    const ComputeInstance& instance = parent.compute_instances[id];
    if (!instance.live()) continue;
    json.BeginObject().Member("id", id);
    json.Member("profileId", gpu.ProfileOf(parent, instance).id);
    WriteSpan(json, instance.place);
    json.Member("uuid", MigDeviceName(machine, gpu.index, gpu_instance, id));
    json.Member("computeMode", ChoiceName(kComputeModeNames, instance.compute_mode));
    json.EndObject();
  }
  json.EndArray();
}

void WriteGpuInstances(JsonWriter& json, const SimMachine& machine, const GpuView& gpu) {
  json.Key("gpuInstances").BeginArray();
  for (unsigned id = 0; id < kGpuInstanceSlots; ++id) {
    const GpuInstance& instance = gpu.state.instances[id];
    if (!instance.live()) continue;
    const GpuProfile& profile = gpu.ProfileOf(instance);
    json.BeginObject().Member("id", id).Member("profileId", profile.id);
    json.Member("profileName", profile.name);
    WriteSpan(json, instance.place);
    WriteComputeInstances(json, machine, gpu, id);
    json.EndObject();
  }
  json.EndArray();
}

void WriteSettings(JsonWriter& json, const GpuView& gpu) {
  json.Key("settings").BeginObject();
  json.Flag("persistenceMode", gpu.state.persistence_mode);
  json.Flag("accountingMode", gpu.state.accounting_mode);
  json.Member("computeMode", ChoiceName(kComputeModeNames, gpu.state.compute_mode)).Key("ecc");
  if (gpu.geometry().ecc) {
    json.BeginObject().Flag("enabled", gpu.state.ecc_enabled);
    json.Flag("pending", gpu.state.ecc_pending).EndObject();
  } else {
    json.Null();
  }
  json.EndObject();
}

void WriteFaults(JsonWriter& json, const Controls& controls) {
  json.Key("faults").BeginArray();
  for (const Fault& fault : std::span(controls.faults, controls.fault_count)) {
    json.BeginObject().Member("fn", fault.function);
    json.Member("nth", std::int64_t{fault.calls_before} + 1).Member("times", fault.calls_left);
    json.Member("hangMs", fault.hang_ms).Key("error");
    if (fault.result == kAnswersAsUsual) {
      json.Null();
    } else {
      json.Number(fault.result);
    }
    json.EndObject();
  }
  json.EndArray();
}

void WriteLatencies(JsonWriter& json, const Controls& controls) {
  json.Member("latencyPreset", ChoiceName(kLatencyPresetNames, controls.latency_preset));
  json.Key("latenciesUs").BeginObject();
  const auto functions = ExportedFunctions();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (controls.latency_us[id] != 0) json.Member(functions[id].name, controls.latency_us[id]);
  }
  json.EndObject();
}

void WriteProcesses(JsonWriter& json, const MachineCopy& snapshot, unsigned gpu) {
  json.Key("processes").BeginArray();
  for (const SimProcess& process : snapshot.processes) {
    if (process.gpu != gpu) continue;
    json.BeginObject().Member("pid", process.pid).Member("gpu", process.gpu);
    if (process.gpu_instance != kNoInstance) {
      json.Member("gpuInstanceId", process.gpu_instance);
      json.Member("computeInstanceId", process.compute_instance);
    }
    json.Member("name", process.name).Member("memoryMiB", process.memory_mib);
    json.Member("kind", ChoiceName(kProcessKindNames, process.kind)).EndObject();
  }
  json.EndArray();
}

void WriteGpu(JsonWriter& json, const SimMachine& machine, const MachineCopy& snapshot,
              unsigned index) {
  const GpuView gpu{index, machine.driver(), snapshot.gpus[index]};
  json.BeginObject().Member("index", index).Member("model", gpu.model().name);
  json.Member("uuid", GpuUuidText(machine, index));
  json.Member("pciBusId", nvml_bus_id(machine, index));
  json.Member("numaNode", NodeOf(machine.host(), index, machine.gpu_count()));
  json.Member("minorNumber", gpu.state.minor).Key("mig");
  if (gpu.mig_capable()) {
    json.BeginObject().Flag("enabled", gpu.state.mig_enabled);
    json.Flag("pending", gpu.state.mig_pending).EndObject();
  } else {
    json.Null();
  }
  json.Flag("halvesSwapped", gpu.state.halves_swapped);
  json.Flag("lowerHalfFirst", gpu.state.lower_half_first).Key("displayMode");
  if (gpu.model().ships_for_graphics) {
    json.String(gpu.state.compute_display ? "compute" : "graphics");
  } else {
    json.Null();
  }
  json.Flag("lost", gpu.state.lost);
  json.Flag("draining", gpu.state.draining).Flag("removed", gpu.state.removed);
  WriteSettings(json, gpu);
  WriteGpuInstances(json, machine, gpu);
  WriteProcesses(json, snapshot, index);
  json.EndObject();
}

}  // namespace

Reply DescribeVerb(SimMachine& machine, CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const MachineCopy snapshot = CopyMachine(machine);
  char driver[kDriverTextSize];
  WriteDriverVersion(machine.driver(), driver);
  JsonWriter json;
  json.BeginObject().Key("store");
  if (machine.path().empty()) {
    json.Null();
  } else {
    json.String(machine.path());
  }
  json.Member("driver", driver).Member("host", machine.host().name);
  json.Flag("driverLoaded", snapshot.controls.driver_unloaded == 0);
  json.Member("resetPolicy", ChoiceName(kResetPolicyNames, snapshot.controls.reset_policy));
  json.Flag("staleSessions", snapshot.controls.stale_sessions != 0);
  json.Member("idleMemoryMiB", snapshot.controls.idle_memory_mib);
  json.Member("privileges", ChoiceName(kPrivilegeNames, snapshot.controls.privileges));
  json.Member("computePlaces", ChoiceName(kComputePlacesNames, machine.rules().compute_places));
  json.Member("checks", ChoiceName(kChecksNames, machine.rules().checks));
  WriteFaults(json, snapshot.controls);
  WriteLatencies(json, snapshot.controls);
  json.Key("gpus").BeginArray();
  for (unsigned i = 0; i < snapshot.gpus.size(); ++i) WriteGpu(json, machine, snapshot, i);
  json.EndArray().EndObject();
  return Done(json.Take());
}

}  // namespace migsim
