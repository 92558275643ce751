// One machine behind an NVML library: what the process knows about it, and the NVML session that is
// open on it while it has users.
#ifndef MIG_NVML_MACHINE_H_
#define MIG_NVML_MACHINE_H_

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "nvml/known_profiles.h"
#include "nvml/library.h"

namespace mig {

class Session;

// A library with several machines has an exported function `void name(unsigned int)`. A call of it
// selects the machine for the next calls on the same thread. Zero means none.
struct Selector {
  std::string symbol;
  unsigned int value;
};

class Machine {
 public:
  using Select = void (*)(unsigned int);

  // Always the same object for the same library and selector.
  static Machine* Find(const Library* library, Select select, unsigned int selected);

  const Library& library() const { return *library_; }
  const Symbols& nvml() const { return library_->nvml(); }
  KnownProfiles& known_profiles() { return known_profiles_; }

  // Selects the machine on the calling thread as long as this exists. Sessions on other machines
  // share the threads of the pool, so a selection must not outlast the call.
  class Selection {
   public:
    explicit Selection(const Machine& machine) : select_(machine.select_) {
      if (select_ != nullptr) select_(machine.selected_);
    }
    ~Selection() {
      if (select_ != nullptr) select_(0);
    }
    Selection(const Selection&) = delete;
    Selection& operator=(const Selection&) = delete;

   private:
    Select select_;
  };

 private:
  friend class Session;
  Machine(const Library* library, Select select, unsigned int selected)
      : library_(library), select_(select), selected_(selected) {}

  const Library* library_;
  Select select_;
  unsigned int selected_;
  KnownProfiles known_profiles_;
  // Held during nvmlInit, so that threads that open at the same time share one session.
  std::mutex opening_;
  std::weak_ptr<Session> session_;
};

}  // namespace mig

#endif  // MIG_NVML_MACHINE_H_
