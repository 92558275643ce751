// describe: the truth about a machine, past every permission, fault and lost
// GPU.
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/gpu_names.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/snapshot.h"
#include "simulator/control/verbs.h"
#include "simulator/model/driver_features.h"
#include "simulator/model/gpu_view.h"
#include "simulator/model/identity.h"

namespace migsim {
namespace {

void write_span(JsonWriter& json, Span span) {
  json.key("placement").begin_object();
  json.member("start", span.start).member("size", span.size).end_object();
}

// In the form that the driver gives.
std::string mig_device_name(const Machine& machine, unsigned gpu, unsigned gpu_instance,
                            unsigned compute_instance) {
  if (machine.driver() < kFirstMigUuids) {
    return "MIG-" + gpu_uuid_text(machine, gpu) + "/" + std::to_string(gpu_instance) + "/" +
           std::to_string(compute_instance);
  }
  char text[kUuidTextSize];
  write_uuid(mig_device_uuid(machine.seed(), gpu, gpu_instance, compute_instance), text);
  return std::string("MIG-") + text;
}

void write_compute_instances(JsonWriter& json, const Machine& machine, const GpuView& gpu,
                             unsigned gpu_instance) {
  const GpuInstance& parent = gpu.state.instances[gpu_instance];
  json.key("computeInstances").begin_array();
  for (unsigned id = 0; id < kComputeInstanceSlots; ++id) {
    const ComputeInstance& instance = parent.compute_instances[id];
    if (!instance.live()) continue;
    json.begin_object().member("id", id);
    json.member("profileId", gpu.profile_of(parent, instance).id);
    write_span(json, instance.place);
    json.member("uuid", mig_device_name(machine, gpu.index, gpu_instance, id));
    json.member("computeMode", choice_name(kComputeModeNames, instance.compute_mode));
    json.end_object();
  }
  json.end_array();
}

void write_gpu_instances(JsonWriter& json, const Machine& machine, const GpuView& gpu) {
  json.key("gpuInstances").begin_array();
  for (unsigned id = 0; id < kGpuInstanceSlots; ++id) {
    const GpuInstance& instance = gpu.state.instances[id];
    if (!instance.live()) continue;
    const GpuProfile& profile = gpu.profile_of(instance);
    json.begin_object().member("id", id).member("profileId", profile.id);
    json.member("profileName", profile.name);
    write_span(json, instance.place);
    write_compute_instances(json, machine, gpu, id);
    json.end_object();
  }
  json.end_array();
}

void write_settings(JsonWriter& json, const GpuView& gpu) {
  json.key("settings").begin_object();
  json.flag("persistenceMode", gpu.state.persistence_mode);
  json.flag("accountingMode", gpu.state.accounting_mode);
  json.member("computeMode", choice_name(kComputeModeNames, gpu.state.compute_mode)).key("ecc");
  if (gpu.geometry().ecc) {
    json.begin_object().flag("enabled", gpu.state.ecc_enabled);
    json.flag("pending", gpu.state.ecc_pending).end_object();
  } else {
    json.null();
  }
  json.end_object();
}

void write_faults(JsonWriter& json, const Controls& controls) {
  json.key("faults").begin_array();
  for (const Fault& fault : std::span(controls.faults, controls.fault_count)) {
    json.begin_object().member("fn", fault.function);
    json.member("nth", std::int64_t{fault.calls_before} + 1).member("times", fault.calls_left);
    json.member("hangMs", fault.hang_ms).key("error");
    if (fault.result == kAnswersAsUsual) {
      json.null();
    } else {
      json.number(fault.result);
    }
    json.end_object();
  }
  json.end_array();
}

void write_latencies(JsonWriter& json, const Controls& controls) {
  json.member("latencyPreset", choice_name(kLatencyPresetNames, controls.latency_preset));
  json.key("latenciesUs").begin_object();
  const auto functions = exported_functions();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (controls.latency_us[id] != 0) json.member(functions[id].name, controls.latency_us[id]);
  }
  json.end_object();
}

void write_processes(JsonWriter& json, const Snapshot& snapshot, unsigned gpu) {
  json.key("processes").begin_array();
  for (const Process& process : snapshot.processes) {
    if (process.gpu != gpu) continue;
    json.begin_object().member("pid", process.pid).member("gpu", process.gpu);
    if (process.gpu_instance != kNoInstance) {
      json.member("gpuInstanceId", process.gpu_instance);
      json.member("computeInstanceId", process.compute_instance);
    }
    json.member("name", process.name).member("memoryMiB", process.memory_mib);
    json.member("kind", choice_name(kProcessKindNames, process.kind)).end_object();
  }
  json.end_array();
}

void write_gpu(JsonWriter& json, const Machine& machine, const Snapshot& snapshot, unsigned index) {
  const GpuView gpu{index, machine.driver(), snapshot.gpus[index]};
  json.begin_object().member("index", index).member("model", gpu.model().name);
  json.member("uuid", gpu_uuid_text(machine, index));
  json.member("pciBusId", nvml_bus_id(machine, index));
  json.member("numaNode", node_of(machine.host(), index, machine.gpu_count()));
  json.member("minorNumber", gpu.state.minor).key("mig");
  if (gpu.mig_capable()) {
    json.begin_object().flag("enabled", gpu.state.mig_enabled);
    json.flag("pending", gpu.state.mig_pending).end_object();
  } else {
    json.null();
  }
  json.flag("halvesSwapped", gpu.state.halves_swapped);
  json.flag("lowerHalfFirst", gpu.state.lower_half_first).key("displayMode");
  if (gpu.model().ships_for_graphics) {
    json.string(gpu.state.compute_display ? "compute" : "graphics");
  } else {
    json.null();
  }
  json.flag("lost", gpu.state.lost);
  json.flag("draining", gpu.state.draining).flag("removed", gpu.state.removed);
  write_settings(json, gpu);
  write_gpu_instances(json, machine, gpu);
  write_processes(json, snapshot, index);
  json.end_object();
}

}  // namespace

Reply describe_verb(Machine& machine, Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const Snapshot snapshot = take_snapshot(machine);
  char driver[kDriverTextSize];
  write_driver_version(machine.driver(), driver);
  JsonWriter json;
  json.begin_object().key("store");
  if (machine.path().empty()) {
    json.null();
  } else {
    json.string(machine.path());
  }
  json.member("driver", driver).member("host", machine.host().name);
  json.member("resetPolicy", choice_name(kResetPolicyNames, snapshot.controls.reset_policy));
  json.flag("staleSessions", snapshot.controls.stale_sessions != 0);
  json.member("idleMemoryMiB", snapshot.controls.idle_memory_mib);
  json.member("privileges", choice_name(kPrivilegeNames, snapshot.controls.privileges));
  json.member("computePlaces", choice_name(kComputePlacesNames, machine.rules().compute_places));
  json.member("checks", choice_name(kChecksNames, machine.rules().checks));
  write_faults(json, snapshot.controls);
  write_latencies(json, snapshot.controls);
  json.key("gpus").begin_array();
  for (unsigned i = 0; i < snapshot.gpus.size(); ++i) write_gpu(json, machine, snapshot, i);
  json.end_array().end_object();
  return done(json.take());
}

}  // namespace migsim
