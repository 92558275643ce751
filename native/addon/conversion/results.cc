#include "addon/conversion/results.h"

#include "addon/conversion/object_builder.h"

namespace mig {
namespace {

Napi::Value ToJs(Napi::Env env, const Excess& value) {
  return ObjectBuilder(env)
      .Set("what", Napi::String::New(env, value.what))
      .Set("counted", value.counted)
      .Set("most", value.most);
}

Napi::Value ToJs(Napi::Env env, const CallCounts& value) {
  return ObjectBuilder(env).Set("total", value.total).Set("changing", value.changing);
}

}  // namespace

Napi::Value ToJs(Napi::Env env, Nothing) { return env.Undefined(); }

Napi::Value ToJs(Napi::Env env, unsigned int value) { return Napi::Number::New(env, value); }

Napi::Value ToJs(Napi::Env env, std::uint64_t value) {
  return Napi::Number::New(env, static_cast<double>(value));
}

Napi::Value ToJs(Napi::Env env, abi::nvmlReturn_t value) { return Napi::Number::New(env, value); }

Napi::Value ToJs(Napi::Env env, const std::string& value) { return Napi::String::New(env, value); }

Napi::Value ToJs(Napi::Env env, const OpenedSession& value) {
  return ObjectBuilder(env)
      .Set("session", value.number)
      .Set("driverVersion", value.driver_version)
      .Set("libraryPath", value.library_path);
}

Napi::Value ToJs(Napi::Env env, const CallLedger::Sums& value) {
  auto gpus = Napi::Object::New(env);
  for (const auto& [gpu, calls] : value.by_gpu) gpus.Set(gpu, ToJs(env, calls));
  return ObjectBuilder(env)
      .Set("total", value.all.total)
      .Set("changing", value.all.changing)
      .Set("gpus", gpus);
}

Napi::Value ToJs(Napi::Env env, const CallLedger::RunningJob& value) {
  ObjectBuilder job(env);
  job.Set("fn", value.fn).Set("gpuIndex", value.gpu_index);
  return value.gpu.empty() ? job.Set("gpu", env.Null()) : job.Set("gpu", value.gpu);
}

Napi::Value Success(Napi::Env env, Napi::Value value) {
  return ObjectBuilder(env).Set("ok", Napi::Boolean::New(env, true)).Set("value", value);
}

Napi::Value Failure(Napi::Env env, Status status) {
  ObjectBuilder failure(env);
  failure.Set("ok", Napi::Boolean::New(env, false))
      .Set("ret", status.ret)
      .Set("fn", Napi::String::New(env, status.fn));
  if (status.impossible()) failure.Set("excess", ToJs(env, status.excess));
  return failure;
}

Napi::Value Unusable(Napi::Env env, const std::string& problem) {
  return ObjectBuilder(env).Set("ok", Napi::Boolean::New(env, false)).Set("problem", problem);
}

Napi::Value SystemFailure(Napi::Env env, int error, const char* call) {
  return ObjectBuilder(env)
      .Set("ok", Napi::Boolean::New(env, false))
      .Set("errno", Napi::Number::New(env, error))
      .Set("call", Napi::String::New(env, call));
}

}  // namespace mig
