// The exported functions for batched reads.
#include <string>
#include <utility>
#include <vector>

#include "addon/addon.h"
#include "addon/calls.h"
#include "addon/conversion/arguments.h"
#include "addon/conversion/results.h"
#include "addon/conversion/snapshot_json.h"
#include "addon/snapshot.h"

namespace mig {
namespace calls {

// The thread that reads also writes the texts.
Outcome<std::vector<std::string>> ReadSnapshotTexts(Session& session) {
  const auto gpus = ReadSnapshot(session);
  if (!gpus.ok()) return gpus.status;
  std::vector<std::string> texts;
  texts.reserve(gpus.value.size());
  for (const auto& gpu : gpus.value) texts.push_back(ToJson(gpu));
  return texts;
}

Outcome<std::string> ReadGpuText(Session& session, const std::string& uuid) {
  const auto gpu = ReadGpuSnapshot(session, uuid);
  if (!gpu.ok()) return gpu.status;
  return ToJson(gpu.value);
}

Outcome<Nothing> ForgetProfiles(Session& session) {
  session.machine().known_profiles().Forget();
  return Nothing();
}

}  // namespace calls

// profileTable(number): the table that a snapshot names by its number.
Napi::Value Addon::FindProfileTable(const Napi::CallbackInfo& info) {
  Arguments arguments(info);
  const auto number = arguments.Next<unsigned int>();
  if (!arguments.ok()) return info.Env().Undefined();
  const ProfileTable* table = ProfileTable::Find(number);
  if (table != nullptr) return ToJs(info.Env(), table->profiles);
  Napi::TypeError::New(info.Env(), "no profile table " + std::to_string(number))
      .ThrowAsJavaScriptException();
  return info.Env().Undefined();
}

}  // namespace mig
