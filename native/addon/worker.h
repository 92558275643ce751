// Runs a job on a thread of libuv's pool and settles a promise with its result.
#ifndef MIG_ADDON_WORKER_H_
#define MIG_ADDON_WORKER_H_

#include <napi.h>

#include <functional>
#include <utility>

namespace mig {

// Node waits for a job that has begun, even if its worker thread is terminated or process.exit() is
// called: no driver call is ever interrupted.
template <typename Result>
class PromiseWorker final : public Napi::AsyncWorker {
 public:
  using Job = std::function<Result()>;
  // Runs on the JavaScript thread.
  using Convert = std::function<Napi::Value(Napi::Env, Result&)>;

  static Napi::Value Run(Napi::Env env, Job job, Convert convert) {
    auto* worker = new PromiseWorker(env, std::move(job), std::move(convert));
    const Napi::Promise promise = worker->deferred_.Promise();
    worker->Queue();
    return promise;
  }

 private:
  PromiseWorker(Napi::Env env, Job job, Convert convert)
      : Napi::AsyncWorker(env, "mig_nvml"),
        deferred_(env),
        job_(std::move(job)),
        convert_(std::move(convert)) {}

  void Execute() override {
    result_ = job_();
    // The job may hold the last reference to a session. Then NVML shuts down here, and not on the
    // JavaScript thread.
    job_ = nullptr;
  }

  void OnOK() override {
    const Napi::Value value = convert_(Env(), result_);
    if (Env().IsExceptionPending())
      deferred_.Reject(Env().GetAndClearPendingException().Value());
    else
      deferred_.Resolve(value);
  }

  Napi::Promise::Deferred deferred_;
  Job job_;
  Convert convert_;
  Result result_;
};

}  // namespace mig

#endif  // MIG_ADDON_WORKER_H_
