// Profile queries have three struct versions, each with its own tag. Drivers answer an unknown tag
// in the same way as the end of the list of profiles. So code that walks the list must remember
// which version has worked.
#ifndef MIG_NVML_PROFILE_STRUCT_H_
#define MIG_NVML_PROFILE_STRUCT_H_

#include "nvml/outcome.h"

namespace mig {

class ProfileStruct {
 public:
  enum class Version { kV1 = 1, kV2, kV3 };

  ProfileStruct() = default;
  explicit ProfileStruct(Version newest) : version_(newest) {}

  // Calls `attempt(version)` with the newest version that the driver accepts.
  template <typename Attempt>
  Status Try(Attempt attempt) {
    for (;;) {
      const Status status = attempt(version_);
      proven_ = proven_ || status.ok();
      if (!Refused(status) || version_ == Version::kV1) return status;
      version_ = version_ == Version::kV3 ? Version::kV2 : Version::kV1;
    }
  }

  bool proven() const { return proven_; }

 private:
  bool Refused(Status status) const {
    return status.missing() || status.is(abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH) ||
           (status.is(abi::NVML_ERROR_INVALID_ARGUMENT) && !proven_);
  }

  Version version_ = Version::kV3;
  bool proven_ = false;
};

}  // namespace mig

#endif  // MIG_NVML_PROFILE_STRUCT_H_
