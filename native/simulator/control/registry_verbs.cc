// create, open, close, models, functions.
#include <algorithm>
#include <string>

#include "simulator/control/choices.h"
#include "simulator/control/json_writer.h"
#include "simulator/control/lock_file.h"
#include "simulator/control/verbs.h"
#include "simulator/model/catalog.h"
#include "simulator/model/host_shape.h"
#include "simulator/store/registry.h"

namespace migsim {
namespace {

// mig=on and swapped=on add "+mig" and "+swapped" to every model that supports them.
std::string ApplyToAll(MachineSpec& spec, bool mig, bool swapped) {
  bool any_mig = false;
  bool any_swapped = false;
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    GpuSpec& gpu = spec.gpus[i];
    const Geometry& geometry = *GpuModels()[gpu.model].geometry;
    if (mig && geometry.mig_capable()) {
      any_mig = gpu.mig_enabled = true;
      gpu.compute_display = GpuModels()[gpu.model].ships_for_graphics;
    }
    if (swapped && !geometry.instance_ids_swapped.empty()) any_swapped = gpu.halves_swapped = true;
  }
  if (mig && !any_mig) return "mig=on: none of these GPUs supports MIG";
  if (swapped && !any_swapped)
    return "swapped=on: none of these models is known with swapped halves";
  return {};
}

std::string NoDriver(std::string_view text) {
  return "driver must be a version such as 580.65.06 or a branch such as R535, not \"" +
         std::string(text) + "\"";
}

std::string ReadSpec(CommandArguments& arguments, MachineSpec& spec) {
  const std::string_view text = arguments.RequiredText("machine");
  const auto driver = arguments.Text("driver");
  const auto reset = arguments.ChoiceOf<ResetPolicy>("reset", kResetPolicyNames);
  const auto privileges = arguments.ChoiceOf<Privileges>("privileges", kPrivilegeNames);
  const auto mig = arguments.ChoiceOf<bool>("mig", kSwitchNames);
  const auto swapped = arguments.ChoiceOf<bool>("swapped", kSwitchNames);
  const auto seed = arguments.Number("seed");
  const auto host = arguments.Text("host");
  const auto places = arguments.ChoiceOf<ComputePlaces>("compute-places", kComputePlacesNames);
  const auto checks = arguments.ChoiceOf<Checks>("checks", kChecksNames);
  if (const std::string* problem = arguments.Problem()) return *problem;

  if (driver) {
    const auto version = ParseDriverVersion(*driver);
    if (!version) return NoDriver(*driver);
    spec.driver = *version;
    spec.driver_is_default = false;
  }
  spec.reset_policy = reset.value_or(spec.reset_policy);
  spec.privileges = privileges.value_or(spec.privileges);
  spec.seed = seed.value_or(spec.seed);
  if (host && !(spec.host_shape = FindHostShape(*host))) {
    return "host must be one of " + HostShapeNames() + ", not \"" + std::string(*host) + "\"";
  }
  spec.rules.compute_places = places.value_or(spec.rules.compute_places);
  spec.rules.checks = checks.value_or(spec.rules.checks);
  if (std::string error = ParseMachineSpec(text, spec); !error.empty()) return error;
  return ApplyToAll(spec, mig.value_or(false), swapped.value_or(false));
}

Reply AnswerOpened(const OpenedMachine& opened, bool is_private) {
  if (!opened.error.empty()) return Refuse(opened.error);
  JsonWriter json;
  json.BeginObject().Member("machine", opened.number);
  if (is_private) {
    const std::string lock_file = LockFileOf(opened.number);
    if (lock_file.empty()) {
      CloseMachine(opened.number);
      return Refuse("create: the system has no file descriptor left for the machine's lock");
    }
    json.Member("lockFile", lock_file);
  }
  json.EndObject();
  return Done(json.Take());
}

}  // namespace

Reply CreateVerb(CommandArguments& arguments) {
  const auto store = arguments.Text("store");
  MachineSpec spec;
  if (const std::string error = ReadSpec(arguments, spec); !error.empty()) return Refuse(error);
  if (store && store->empty()) return Refuse("create: store= is empty");
  return AnswerOpened(CreateMachine(spec, std::string(store.value_or(""))), !store);
}

Reply OpenVerb(CommandArguments& arguments) {
  const std::string_view store = arguments.RequiredText("store");
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  if (store.empty()) return Refuse("open: store= is empty");
  return AnswerOpened(OpenMachine(std::string(store)), false);
}

Reply CloseVerb(CommandArguments& arguments) {
  const auto number = static_cast<unsigned>(arguments.RequiredNumber("machine", {1, kMaxMachines}));
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  // This comes first, while no other machine can get the number.
  DropLockFile(number);
  if (CloseMachine(number)) return {};
  return Refuse("no simulated machine has the number " + std::to_string(number));
}

Reply FunctionsVerb(CommandArguments& arguments) {
  const std::string_view text = arguments.RequiredText("driver");
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const auto driver = ParseDriverVersion(text);
  if (!driver) return Refuse(NoDriver(text));
  char version[kDriverTextSize];
  WriteDriverVersion(*driver, version);
  JsonWriter json;
  json.BeginObject().Member("driver", version).Flag("isDefault", *driver == kDefaultDriver);
  json.Key("hidden").BeginArray();
  const auto functions = ExportedFunctions();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (!DriverHas(*driver, static_cast<FunctionId>(id))) json.String(functions[id].name);
  }
  json.EndArray().EndObject();
  return Done(json.Take());
}

Reply ModelsVerb(CommandArguments& arguments) {
  if (const std::string* problem = arguments.Problem()) return Refuse(*problem);
  const auto models = GpuModels();
  const auto same_name = [](const GpuModel& a, const GpuModel& b) {
    return a.name == b.name && a.geometry == b.geometry;
  };
  JsonWriter json;
  json.BeginArray();
  for (const GpuModel& model : models) {
    // The simulator treats boards that differ only by their PCI device id as one model.
    const auto first = std::ranges::find_if(
        models, [&](const GpuModel& other) { return same_name(model, other); });
    if (&*first != &model) continue;
    json.BeginObject().Member("key", model.geometry->key).Member("name", model.name);
    json.Flag("migCapable", model.geometry->mig_capable());
    json.Member("memoryMiB", model.geometry->memory_mib).Key("assumed").BeginArray();
    for (const std::string_view field : model.geometry->assumed) json.String(field);
    json.EndArray().EndObject();
  }
  json.EndArray();
  return Done(json.Take());
}

}  // namespace migsim
