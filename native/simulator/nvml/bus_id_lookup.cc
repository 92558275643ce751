// Finding GPUs by PCI address.
#include <charconv>

#include "simulator/nvml/enumeration.h"
#include "simulator/nvml/lookup.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

bool TakeHex(std::string_view& text, unsigned& number) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number, 16);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// "domain:bus:device.function", "domain:bus:device" or "bus:device.function",
// hexadecimal.
bool ParseBusId(std::string_view text, PciAddress& address) {
  unsigned numbers[3];
  unsigned count = 0;
  do {
    if (count == 3 || !TakeHex(text, numbers[count++])) return false;
  } while (TakePrefix(text, ":"));
  unsigned function = 0;
  const bool has_function = TakePrefix(text, ".");
  if (has_function && (!TakeHex(text, function) || function != 0)) return false;
  if (!text.empty() || count < 2 || (count == 2 && !has_function)) return false;
  address = count == 3 ? PciAddress{numbers[0], numbers[1], numbers[2]}
                       : PciAddress{0, numbers[0], numbers[1]};
  return true;
}

abi::nvmlReturn_t ByBusId(const Call& call, const char* text, abi::nvmlDevice_t* device) {
  PciAddress wanted;
  if (text == nullptr || device == nullptr || !ParseBusId(text, wanted)) {
    return abi::NVML_ERROR_INVALID_ARGUMENT;
  }
  for (unsigned gpu = 0; gpu < call.machine.gpu_count(); ++gpu) {
    const PciAddress address = call.machine.PciAddressOf(gpu);
    if (address == wanted && IsVisible(call, gpu)) return GiveGpu(call, gpu, device);
  }
  return abi::NVML_ERROR_NOT_FOUND;
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByPciBusId(const char* busId,
                                                              abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByPciBusId">(
      [=](const Call& call) { return ByBusId(call, busId, device); });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlDeviceGetHandleByPciBusId_v2(const char* busId,
                                                                 abi::nvmlDevice_t* device) {
  return LookUp<"nvmlDeviceGetHandleByPciBusId_v2">(
      [=](const Call& call) { return ByBusId(call, busId, device); });
}

}  // namespace migsim
