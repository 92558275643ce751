// An initialised NVML. Process-wide: every environment that opens the same machine shares one, and
// NVML is shut down when the last of them lets go.
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

  // The calls that start from nothing. They select the machine.
  Outcome<unsigned int> CountGpus() const;
  // Learns the GPU's UUID, too.
  Outcome<abi::nvmlDevice_t> GpuAt(unsigned int index, std::string* uuid);
  Outcome<abi::nvmlDevice_t> GpuAtPciBusId(const std::string& bus_id) const;
  Outcome<std::string> NvmlVersion() const;
  Outcome<std::string> ProcessName(unsigned int pid) const;
  // A GPU's handle is kept; that of a MIG device is looked up each time, since it dies with the
  // instance.
  Outcome<abi::nvmlDevice_t> Device(const std::string& uuid);

  // Asked once per session, but again where the driver withheld something.
  Outcome<std::shared_ptr<const GpuIdentity>> Identity(const std::string& uuid,
                                                       abi::nvmlDevice_t gpu);

  // Forgets the GPU when the answer to a call on its kept handle can mean that the handle has died.
  void Consider(const std::string& uuid, Status answer);
  // Drops the kept handle and identity: after a reset, the minor number can be another.
  void Forget(const std::string& uuid);
  // The GPU that was last seen at this index; empty when none was.
  std::string LastUuidAt(unsigned int index);

 private:
  explicit Session(Machine* machine) : machine_(machine) {}

  // False once NVML has been shut down under it, as by another library in this process that calls
  // nvmlShutdown too often, or by the end of a simulated machine.
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
