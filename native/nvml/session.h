// An initialised NVML. Every environment of the process that opens the same machine shares one, and
// NVML shuts down when the last of them releases it.
#ifndef MIG_NVML_SESSION_H_
#define MIG_NVML_SESSION_H_

#include <atomic>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "nvml/gpu.h"
#include "nvml/machine.h"

namespace mig {

class Session {
 public:
  static Outcome<std::shared_ptr<Session>> Open(Machine* machine);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const Symbols& nvml() const { return machine_->nvml(); }
  Machine& machine() const { return *machine_; }
  const std::string& driver_version() const { return driver_version_; }
  // 580 of 580.65.06; 0 where the version cannot be read.
  unsigned int driver_branch() const { return driver_branch_; }

  // The calls without a handle. They select the machine.
  Outcome<unsigned int> CountGpus() const;
  // Also reads the GPU's UUID.
  Outcome<abi::nvmlDevice_t> GpuAt(unsigned int index, std::string* uuid);
  Outcome<abi::nvmlDevice_t> GpuAtPciBusId(const std::string& bus_id) const;
  Outcome<std::string> NvmlVersion() const;
  // Loads libcuda.so.1 into the process.
  Outcome<unsigned int> CudaVersion() const;
  Outcome<std::string> ProcessName(unsigned int pid) const;
  // Keeps the handle of a GPU. Finds that of a MIG device anew each time, because it dies with the
  // instance.
  Outcome<abi::nvmlDevice_t> Device(const std::string& uuid);

  // Read once per session, and again while the driver withholds a part.
  Outcome<std::shared_ptr<const GpuIdentity>> Identity(const std::string& uuid,
                                                       abi::nvmlDevice_t gpu);

  // Forgets the GPU when the answer to a call on its kept handle can mean that the handle has died.
  void Consider(const std::string& uuid, Status answer);
  // Drops the kept handle and identity: after a reset, the minor number can be another.
  void Forget(const std::string& uuid);
  // The GPU last seen at this index; empty if there was none.
  std::string LastUuidAt(unsigned int index);

 private:
  explicit Session(Machine* machine) : machine_(machine) {}

  // False once something else has shut NVML down: another library in this process that calls
  // nvmlShutdown too often, or the end of a simulated machine.
  bool IsAlive();

  Machine* machine_;
  std::string driver_version_;
  unsigned int driver_branch_ = 0;
  std::atomic<bool> alive_ = true;
  std::mutex mutex_;
  std::unordered_map<std::string, abi::nvmlDevice_t> devices_;
  std::unordered_map<unsigned int, std::string> uuids_;
  std::unordered_map<std::string, std::shared_ptr<const GpuIdentity>> identities_;
};

}  // namespace mig

#endif  // MIG_NVML_SESSION_H_
