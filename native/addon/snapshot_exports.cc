// The exported functions that read much at once.
#include <string>
#include <utility>
#include <vector>

#include "addon/conversion/snapshot_json.h"
#include "addon/known_geometry.h"
#include "addon/session_call.h"
#include "addon/snapshot.h"

namespace mig {
namespace {

// Written on the thread that reads.
Outcome<std::vector<std::string>> ReadSnapshotJson(Session& session) {
  const auto gpus = ReadSnapshot(session);
  if (!gpus.ok()) return gpus.status;
  std::vector<std::string> texts;
  texts.reserve(gpus.value.size());
  for (const auto& gpu : gpus.value) texts.push_back(ToJson(gpu));
  return texts;
}

Outcome<std::string> ReadGpuJson(Session& session, const std::string& uuid) {
  const auto gpu = ReadGpuSnapshot(session, uuid);
  if (!gpu.ok()) return gpu.status;
  return ToJson(gpu.value);
}

Outcome<Nothing> ForgetProfiles(Session& session) {
  session.machine().known_profiles().Forget();
  return Nothing();
}

}  // namespace

void Addon::ExportSnapshotCalls(Napi::Object exports) {
  DefineProperties(
      exports, {
                   InstanceMethod<&Addon::Call<ReadSnapshotJson>>("snapshot", napi_enumerable),
                   InstanceMethod<&Addon::Call<ReadGpuJson>>("gpuSnapshot", napi_enumerable),
                   InstanceMethod<&Addon::FindProfileTable>("profileTable", napi_enumerable),
                   InstanceMethod<&Addon::Call<ForgetProfiles>>("forgetProfiles", napi_enumerable),
                   InstanceMethod<&Addon::Call<ReadComputeInstanceProfilesOf>>(
                       "readComputeInstanceProfiles", napi_enumerable),
               });
}

// profileTable(number): what a snapshot names by its number.
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
