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

// mig=on and swapped=on stand for "+mig" and "+swapped" at every model that can have them.
std::string apply_to_all(MachineSpec& spec, bool mig, bool swapped) {
  bool any_mig = false;
  bool any_swapped = false;
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    GpuSpec& gpu = spec.gpus[i];
    const Geometry& geometry = *gpu_models()[gpu.model].geometry;
    if (mig && geometry.mig_capable()) {
      any_mig = gpu.mig_enabled = true;
      gpu.compute_display = gpu_models()[gpu.model].ships_for_graphics;
    }
    if (swapped && !geometry.instance_ids_swapped.empty()) any_swapped = gpu.halves_swapped = true;
  }
  if (mig && !any_mig) return "mig=on: none of these GPUs can do MIG";
  if (swapped && !any_swapped) return "swapped=on: no such board is known of these models";
  return {};
}

std::string no_driver(std::string_view text) {
  return "driver must be a version such as 580.65.06 or a branch such as R535, not \"" +
         std::string(text) + "\"";
}

std::string read_spec(Arguments& arguments, MachineSpec& spec) {
  const std::string_view text = arguments.required_text("machine");
  const auto driver = arguments.text("driver");
  const auto reset = arguments.choice<ResetPolicy>("reset", kResetPolicyNames);
  const auto privileges = arguments.choice<Privileges>("privileges", kPrivilegeNames);
  const auto mig = arguments.choice<bool>("mig", kSwitchNames);
  const auto swapped = arguments.choice<bool>("swapped", kSwitchNames);
  const auto seed = arguments.number("seed");
  const auto host = arguments.text("host");
  const auto places = arguments.choice<ComputePlaces>("compute-places", kComputePlacesNames);
  const auto checks = arguments.choice<Checks>("checks", kChecksNames);
  if (const std::string* problem = arguments.problem()) return *problem;

  if (driver) {
    const auto version = parse_driver_version(*driver);
    if (!version) return no_driver(*driver);
    spec.driver = *version;
    spec.driver_is_default = false;
  }
  spec.reset_policy = reset.value_or(spec.reset_policy);
  spec.privileges = privileges.value_or(spec.privileges);
  spec.seed = seed.value_or(spec.seed);
  if (host && !(spec.host_shape = find_host_shape(*host))) {
    return "host must be one of " + host_shape_names() + ", not \"" + std::string(*host) + "\"";
  }
  spec.rules.compute_places = places.value_or(spec.rules.compute_places);
  spec.rules.checks = checks.value_or(spec.rules.checks);
  if (std::string error = parse_machine_spec(text, spec); !error.empty()) return error;
  return apply_to_all(spec, mig.value_or(false), swapped.value_or(false));
}

Reply answer_opened(const OpenedMachine& opened, bool is_private) {
  if (!opened.error.empty()) return refuse(opened.error);
  JsonWriter json;
  json.begin_object().member("machine", opened.number);
  if (is_private) {
    const std::string lock_file = lock_file_of(opened.number);
    if (lock_file.empty()) {
      close_machine(opened.number);
      return refuse("create: the system has no file descriptor left for the machine's lock");
    }
    json.member("lockFile", lock_file);
  }
  json.end_object();
  return done(json.take());
}

}  // namespace

Reply create_verb(Arguments& arguments) {
  const auto store = arguments.text("store");
  MachineSpec spec;
  if (const std::string error = read_spec(arguments, spec); !error.empty()) return refuse(error);
  if (store && store->empty()) return refuse("create: store= is empty");
  return answer_opened(create_machine(spec, std::string(store.value_or(""))), !store);
}

Reply open_verb(Arguments& arguments) {
  const std::string_view store = arguments.required_text("store");
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  if (store.empty()) return refuse("open: store= is empty");
  return answer_opened(open_machine(std::string(store)), false);
}

Reply close_verb(Arguments& arguments) {
  const auto number =
      static_cast<unsigned>(arguments.required_number("machine", {1, kMaxMachines}));
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  // First, while the number cannot be given to another machine.
  drop_lock_file(number);
  if (close_machine(number)) return {};
  return refuse("no simulated machine has the number " + std::to_string(number));
}

Reply functions_verb(Arguments& arguments) {
  const std::string_view text = arguments.required_text("driver");
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const auto driver = parse_driver_version(text);
  if (!driver) return refuse(no_driver(text));
  char version[kDriverTextSize];
  write_driver_version(*driver, version);
  JsonWriter json;
  json.begin_object().member("driver", version).flag("isDefault", *driver == kDefaultDriver);
  json.key("hidden").begin_array();
  const auto functions = exported_functions();
  for (std::size_t id = 0; id < functions.size(); ++id) {
    if (!driver_has(*driver, static_cast<FunctionId>(id))) json.string(functions[id].name);
  }
  json.end_array().end_object();
  return done(json.take());
}

Reply models_verb(Arguments& arguments) {
  if (const std::string* problem = arguments.problem()) return refuse(*problem);
  const auto models = gpu_models();
  const auto same_name = [](const GpuModel& a, const GpuModel& b) {
    return a.name == b.name && a.geometry == b.geometry;
  };
  JsonWriter json;
  json.begin_array();
  for (const GpuModel& model : models) {
    // Boards that differ by their PCI device id alone are one model here.
    const auto first = std::ranges::find_if(
        models, [&](const GpuModel& other) { return same_name(model, other); });
    if (&*first != &model) continue;
    json.begin_object().member("key", model.geometry->key).member("name", model.name);
    json.flag("migCapable", model.geometry->mig_capable());
    json.member("memoryMiB", model.geometry->memory_mib).key("assumed").begin_array();
    for (const std::string_view field : model.geometry->assumed) json.string(field);
    json.end_array().end_object();
  }
  json.end_array();
  return done(json.take());
}

}  // namespace migsim
