// The NVML calls of one session of JavaScript: their sums, and the calls that run now.
#ifndef MIG_ADDON_CALL_LEDGER_H_
#define MIG_ADDON_CALL_LEDGER_H_

#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "nvml/call_counts.h"
#include "nvml/running_call.h"

namespace mig {

class CallLedger {
 public:
  struct Sums {
    CallCounts all;
    // Calls on one GPU alone, by its UUID.
    std::map<std::string, CallCounts> by_gpu;
  };

  // A call that has not returned.
  struct RunningJob {
    std::string fn;
    // The GPU of the job; empty: the whole machine.
    std::string gpu;
    // Where a job on the whole machine is.
    std::optional<unsigned int> gpu_index;
  };

  // Runs `job` on the calling thread. `gpu` is the GPU of the job; empty: the whole machine.
  template <typename Job>
  auto Count(const std::string& gpu, Job job) {
    const Running running(*this, gpu);
    CallsOfThisThread() = {};
    auto result = job();
    Add(gpu, CallsOfThisThread());
    return result;
  }

  Sums sums() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    return sums_;
  }

  // In the order of their beginning.
  std::vector<RunningJob> running() const {
    const std::lock_guard<std::mutex> guard(mutex_);
    std::vector<RunningJob> jobs;
    for (const Job& job : jobs_) jobs.push_back({job.call.fn(), job.gpu, job.call.gpu_index()});
    return jobs;
  }

 private:
  struct Job {
    std::string gpu;
    RunningCall call;
  };

  // A job is in the list as long as this exists.
  class Running {
   public:
    Running(CallLedger& ledger, const std::string& gpu) : ledger_(ledger) {
      const std::lock_guard<std::mutex> guard(ledger_.mutex_);
      job_ = ledger_.jobs_.emplace(ledger_.jobs_.end());
      job_->gpu = gpu;
      RunningCall::OfThisThread() = &job_->call;
    }
    ~Running() {
      RunningCall::OfThisThread() = nullptr;
      const std::lock_guard<std::mutex> guard(ledger_.mutex_);
      ledger_.jobs_.erase(job_);
    }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

   private:
    CallLedger& ledger_;
    std::list<Job>::iterator job_;
  };

  void Add(const std::string& gpu, const CallCounts& calls) {
    const std::lock_guard<std::mutex> guard(mutex_);
    sums_.all += calls;
    if (gpu.starts_with("GPU-")) sums_.by_gpu[gpu] += calls;
  }

  mutable std::mutex mutex_;
  Sums sums_;
  std::list<Job> jobs_;
};

}  // namespace mig

#endif  // MIG_ADDON_CALL_LEDGER_H_
