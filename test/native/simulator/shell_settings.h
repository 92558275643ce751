// The commands of nvml_shell about settings of a GPU, and about removing and discovering GPUs,
// which it names by their PCI bus in hexadecimal.
#ifndef MIG_NVML_TEST_SHELL_SETTINGS_H_
#define MIG_NVML_TEST_SHELL_SETTINGS_H_

#include "shell_words.h"

// The addon does not call these, so they are declared here. Signatures of header NVML 13.3.
extern "C" {
using ModifyDrainState = unsigned(nvml_abi::nvmlPciInfo_t*, unsigned);
using QueryDrainState = unsigned(nvml_abi::nvmlPciInfo_t*, unsigned*);
using RemoveGpu = unsigned(nvml_abi::nvmlPciInfo_t*, unsigned, unsigned);
using RemoveGpuV1 = unsigned(nvml_abi::nvmlPciInfo_t*);
using DiscoverGpus = unsigned(nvml_abi::nvmlPciInfo_t*);
}

namespace shell {

using namespace nvml_abi;

inline nvmlReturn_t Code(unsigned ret) { return static_cast<nvmlReturn_t>(ret); }

// "all" is the address of zeros.
inline nvmlPciInfo_t AddressOf(std::istream& in) {
  std::string word;
  in >> word;
  nvmlPciInfo_t pci = {};
  if (word != "all") pci.bus = static_cast<unsigned>(std::stoul(word, nullptr, 16));
  return pci;
}

inline Answer Drain(std::istream& in) {
  nvmlPciInfo_t pci = AddressOf(in);
  unsigned state = 0;
  in >> state;
  return {Code(NvmlSymbol<ModifyDrainState>("nvmlDeviceModifyDrainState")(&pci, state)), ""};
}

inline Answer Drains(std::istream& in) {
  nvmlPciInfo_t pci = AddressOf(in);
  unsigned state = 9;
  const auto ret = NvmlSymbol<QueryDrainState>("nvmlDeviceQueryDrainState")(&pci, &state);
  return {Code(ret), Member("state", state)};
}

// `remove BUS [STATE LINK]`: by default the operating system forgets the GPU, too, and the link
// stays.
inline Answer Remove(std::istream& in) {
  nvmlPciInfo_t pci = AddressOf(in);
  unsigned state = 1;
  unsigned link = 0;
  if (in >> std::ws && !in.eof()) in >> state >> link;
  return {Code(NvmlSymbol<RemoveGpu>("nvmlDeviceRemoveGpu_v2")(&pci, state, link)), ""};
}

inline Answer RemoveV1(std::istream& in) {
  nvmlPciInfo_t pci = AddressOf(in);
  return {Code(NvmlSymbol<RemoveGpuV1>("nvmlDeviceRemoveGpu")(&pci)), ""};
}

inline Answer Discover(std::istream& in) {
  nvmlPciInfo_t pci = AddressOf(in);
  return {Code(NvmlSymbol<DiscoverGpus>("nvmlDeviceDiscoverGpus")(&pci)), ""};
}

inline Answer AtAddress(std::istream& in) {
  std::string text;
  in >> text;
  nvmlDevice_t device = nullptr;
  return {NVML(nvmlDeviceGetHandleByPciBusId_v2)(text.c_str(), &device), ""};
}

inline Answer MinorNumber(std::istream& in) {
  std::string word;
  in >> word;
  unsigned minor = ~0u;
  const auto ret = NVML(nvmlDeviceGetMinorNumber)(DeviceOf(word), &minor);
  return {ret, Member("minor", minor)};
}

inline Answer InitWithFlags(std::istream& in) {
  unsigned flags = 0;
  in >> flags;
  return {NVML(nvmlInitWithFlags)(flags), ""};
}

// A setting, a device, a value.
inline Answer Set(std::istream& in) {
  std::string setting;
  std::string word;
  unsigned value = 0;
  in >> setting >> word >> value;
  using Set = nvmlReturn_t(nvmlDevice_t, unsigned);
  const std::string name = "nvmlDeviceSet" + setting;
  return {NvmlSymbol<Set>(name.c_str())(DeviceOf(word), value), ""};
}

}  // namespace shell

#endif  // MIG_NVML_TEST_SHELL_SETTINGS_H_
