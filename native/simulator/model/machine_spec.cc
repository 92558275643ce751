#include "simulator/model/machine_spec.h"

#include <algorithm>
#include <charconv>

#include "simulator/model/catalog.h"
#include "simulator/model/host_shape.h"
#include "simulator/model/similar_models.h"

namespace migsim {
namespace {

std::string_view Trim(std::string_view text) {
  const auto space = " \t\r\n";
  const auto first = text.find_first_not_of(space);
  if (first == text.npos) return {};
  return text.substr(first, text.find_last_not_of(space) - first + 1);
}

std::string Quote(std::string_view text) {
  std::string quoted = "\"";
  return quoted.append(text).append("\"");
}

// "8x" or "8 x" in front of a model: no model's name begins with a number.
std::size_t TakeCount(std::string_view& text) {
  std::size_t count = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (error != std::errc()) return 1;
  const std::string_view rest = Trim(text.substr(static_cast<std::size_t>(end - text.data())));
  if (!rest.starts_with('x') && !rest.starts_with('X')) return 1;
  text = Trim(rest.substr(1));
  return count;
}

bool TakeSuffix(std::string_view& text, std::string_view suffix) {
  if (!text.ends_with(suffix)) return false;
  text = Trim(text.substr(0, text.size() - suffix.size()));
  return true;
}

constexpr std::uint8_t kAnyMinor = 0xFF;

// "+minor=4" at the end; false if the text ends with another word.
bool TakeMinor(std::string_view& text, unsigned& minor) {
  constexpr std::string_view kWord = "+minor=";
  const auto word = text.rfind(kWord);
  if (word == text.npos) return false;
  const std::string_view number = text.substr(word + kWord.size());
  const auto end = number.data() + number.size();
  const auto [read, error] = std::from_chars(number.data(), end, minor);
  if (error != std::errc() || read != end) return false;
  text = Trim(text.substr(0, word));
  return true;
}

// Gives the GPUs without a minor number the lowest free ones.
std::string AssignMinors(MachineSpec& spec) {
  bool taken[kMinorNumbers] = {};
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    const std::uint8_t minor = spec.gpus[i].minor;
    if (minor == kAnyMinor) continue;
    if (taken[minor]) return "two GPUs have the minor number " + std::to_string(minor);
    taken[minor] = true;
  }
  std::uint8_t next = 0;
  for (std::size_t i = 0; i < spec.gpu_count; ++i) {
    if (spec.gpus[i].minor != kAnyMinor) continue;
    while (taken[next]) ++next;
    spec.gpus[i].minor = next++;
  }
  return {};
}

std::string ExplainUnknownModel(std::string_view text) {
  if (const auto keys = KeysNamed(text); keys.size() > 1) {
    std::string list;
    for (const std::string_view key : keys) (list += list.empty() ? "" : " or ") += key;
    const std::string similar = SimilarModels(text);
    return Quote(text) + " is the name of " + std::to_string(keys.size()) +
           " different GPUs: write " + list +
           (similar.empty() ? "" : "; similar names are " + similar);
  }
  if (const KnownButNotSimulated* known = FindModelNotSimulated(text)) {
    return "GPU model " + Quote(known->name) +
           " cannot be simulated: " + std::string(known->reason);
  }
  const std::string similar = SimilarModels(text);
  return "unknown GPU model " + Quote(text) +
         (similar.empty() ? "" : "; similar names are " + similar);
}

std::string ParseEntry(std::string_view text, MachineSpec& spec) {
  const std::size_t count = TakeCount(text);
  GpuSpec gpu = {};
  unsigned minor = kAnyMinor;
  for (bool again = true; again;) {
    again = false;
    if (TakeSuffix(text, "+mig")) again = gpu.mig_enabled = true;
    if (TakeSuffix(text, "+swapped")) again = gpu.halves_swapped = true;
    if (TakeSuffix(text, "+lower-half")) again = gpu.lower_half_first = true;
    if (TakeSuffix(text, "+compute")) again = gpu.compute_display = true;
    if (TakeMinor(text, minor)) again = true;
  }
  const GpuModel* model = FindGpuModel(text);
  if (model == nullptr) return ExplainUnknownModel(text);
  gpu.model = static_cast<std::uint16_t>(model - GpuModels().data());

  const Geometry& geometry = *model->geometry;
  if (gpu.mig_enabled && !geometry.mig_capable()) return Quote(model->name) + " has no MIG";
  if (gpu.halves_swapped && geometry.instance_ids_swapped.empty()) {
    return "no board of " + Quote(model->name) + " with swapped halves is known";
  }
  if (gpu.lower_half_first && !gpu.halves_swapped) {
    return "+lower-half needs +swapped: no other board is known to do so";
  }
  if (gpu.compute_display && !model->ships_for_graphics) {
    return Quote(model->name) + " has no display modes";
  }
  // A board with MIG on must have been put into the compute display mode before.
  if (gpu.mig_enabled) gpu.compute_display = model->ships_for_graphics;
  if (spec.driver_is_default) spec.driver = std::max(spec.driver, geometry.first_driver);
  if (spec.driver < geometry.first_driver) {
    char first[kDriverTextSize];
    WriteDriverVersion(geometry.first_driver, first);
    return Quote(model->name) + " needs driver " + first + " or later";
  }
  if (count == 0) return "a machine cannot have 0 GPUs of a model";
  if (count > kMaxGpus - spec.gpu_count) {
    return "a simulated machine has at most " + std::to_string(kMaxGpus) + " GPUs";
  }
  if (minor != kAnyMinor && (minor >= kMinorNumbers || count > kMinorNumbers - minor)) {
    return "minor numbers go from 0 to " + std::to_string(kMinorNumbers - 1);
  }
  for (std::size_t i = 0; i < count; ++i) {
    gpu.minor = static_cast<std::uint8_t>(minor == kAnyMinor ? kAnyMinor : minor + i);
    spec.gpus[spec.gpu_count++] = gpu;
  }
  return {};
}

std::string ParseGpus(std::string_view text, MachineSpec& spec) {
  if (text == kNoGpus) return {};
  while (true) {
    const auto comma = text.find(',');
    const std::string_view entry = Trim(text.substr(0, comma));
    if (entry.empty()) return "the description of the machine lacks a GPU model";
    if (std::string error = ParseEntry(entry, spec); !error.empty()) return error;
    if (comma == text.npos) return AssignMinors(spec);
    text.remove_prefix(comma + 1);
  }
}

// " on pcie-pairs" at the end. No model's name contains the word "on".
std::string TakeHost(std::string_view& text, MachineSpec& spec) {
  constexpr std::string_view kWord = " on ";
  const auto at = text.rfind(kWord);
  if (at == text.npos) return {};
  const std::string_view name = Trim(text.substr(at + kWord.size()));
  const auto shape = FindHostShape(name);
  if (!shape) return "unknown host " + Quote(name) + "; the hosts are " + HostShapeNames();
  if (spec.host_shape && spec.host_shape != shape) {
    return "the text names the host " + Quote(name) + ", and host= names " +
           Quote(HostShapes()[*spec.host_shape].name);
  }
  spec.host_shape = shape;
  text = Trim(text.substr(0, at));
  return {};
}

std::string CheckHost(const MachineSpec& spec) {
  if (!spec.host_shape) return {};
  const HostShape& host = HostShapes()[*spec.host_shape];
  if (spec.gpu_count <= host.most_gpus) return {};
  return "the host " + Quote(host.name) + " has room for " + std::to_string(host.most_gpus) +
         " GPUs, not for " + std::to_string(spec.gpu_count);
}

}  // namespace

std::string ParseMachineSpec(std::string_view text, MachineSpec& spec) {
  spec.gpu_count = 0;
  text = Trim(text);
  if (std::string error = TakeHost(text, spec); !error.empty()) return error;
  if (std::string error = ParseGpus(text, spec); !error.empty()) return error;
  return CheckHost(spec);
}

}  // namespace migsim
