#include "nvml/process.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "nvml/abi/legacy.h"
#include "nvml/abi/process.h"
#include "nvml/abi/profiles.h"
#include "nvml/bounds.h"

namespace mig {
namespace {

template <typename Element>
using ListFunction = Symbol<abi::nvmlReturn_t (*)(abi::nvmlDevice_t, unsigned int*, Element*)>;

// Drivers 535.43.02 to 535.86.05 (and 550.127.08 in a container) write longer elements under a
// name that promises 24 bytes. So the buffer is long enough for the longer ones. The part of this
// pattern that a call has overwritten shows the length.
constexpr unsigned char kUntouched = 0xa5;
constexpr std::size_t kLongest = sizeof(abi::nvmlProcessInfo_r535_t);

// The list can grow between two calls.
constexpr int kAttempts = 8;

template <typename Element>
Outcome<std::vector<unsigned char>> ReadList(const ListFunction<Element>& function,
                                             abi::nvmlDevice_t device, unsigned int* count) {
  unsigned int room = 32;
  for (int attempt = 1;; ++attempt) {
    std::vector<unsigned char> buffer(room * kLongest, kUntouched);
    *count = room;
    const Status status = function(device, count, reinterpret_cast<Element*>(buffer.data()));
    if (status.ok()) {
      const Status checked = CheckCount(status, "processes", *count, room);
      return checked.ok() ? Outcome(std::move(buffer)) : checked;
    }
    if (!status.is(abi::NVML_ERROR_INSUFFICIENT_SIZE) || attempt == kAttempts) return status;
    const Status wanted =
        CheckCount({abi::NVML_SUCCESS, status.fn}, "processes", *count, kMostProcesses);
    if (!wanted.ok()) return wanted;
    room = std::min(std::max(*count, room) * 2, kMostProcesses);
  }
}

std::size_t StrideOf(const std::vector<unsigned char>& buffer, unsigned int count,
                     std::size_t promised) {
  const auto last = std::find_if(buffer.rbegin(), buffer.rend(),
                                 [](unsigned char byte) { return byte != kUntouched; });
  const auto written = static_cast<std::size_t>(buffer.rend() - last);
  return written > count * promised ? kLongest : promised;
}

template <typename Number>
std::optional<Number> Known(Number value) {
  if (value == static_cast<Number>(~Number{0})) return std::nullopt;
  return value;
}

Process ToProcess(const abi::nvmlProcessInfo_v2_t& info) {
  return {info.pid, Known<std::uint64_t>(info.usedGpuMemory), Known(info.gpuInstanceId),
          Known(info.computeInstanceId)};
}

Process ToProcess(const abi::nvmlProcessInfo_v1_t& info) {
  return {info.pid, Known<std::uint64_t>(info.usedGpuMemory), std::nullopt, std::nullopt};
}

template <typename Element>
Outcome<std::vector<Process>> ReadProcesses(const ListFunction<Element>& function,
                                            abi::nvmlDevice_t device) {
  unsigned int count = 0;
  const auto buffer = ReadList(function, device, &count);
  if (!buffer.ok()) return buffer.status;
  const std::size_t stride = StrideOf(buffer.value, count, sizeof(Element));
  std::vector<Process> processes;
  for (unsigned int i = 0; i < count && (i + 1) * stride <= buffer.value.size(); ++i) {
    Element element;
    std::memcpy(&element, buffer.value.data() + i * stride, sizeof element);
    processes.push_back(ToProcess(element));
  }
  return processes;
}

template <typename V3, typename V2, typename V1>
Outcome<std::vector<Process>> ReadNewest(const V3& newest, const V2& second, const V1& first,
                                         abi::nvmlDevice_t device) {
  auto processes = ReadProcesses<abi::nvmlProcessInfo_v2_t>(newest, device);
  if (processes.status.missing())
    processes = ReadProcesses<abi::nvmlProcessInfo_v2_t>(second, device);
  if (processes.status.missing())
    processes = ReadProcesses<abi::nvmlProcessInfo_v1_t>(first, device);
  return processes;
}

}  // namespace

Outcome<std::vector<Process>> GetComputeProcesses(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadNewest(nvml.nvmlDeviceGetComputeRunningProcesses_v3,
                    nvml.nvmlDeviceGetComputeRunningProcesses_v2,
                    nvml.nvmlDeviceGetComputeRunningProcesses, device);
}

Outcome<std::vector<Process>> GetGraphicsProcesses(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadNewest(nvml.nvmlDeviceGetGraphicsRunningProcesses_v3,
                    nvml.nvmlDeviceGetGraphicsRunningProcesses_v2,
                    nvml.nvmlDeviceGetGraphicsRunningProcesses, device);
}

Outcome<std::vector<Process>> GetMpsProcesses(const Symbols& nvml, abi::nvmlDevice_t device) {
  return ReadNewest(nvml.nvmlDeviceGetMPSComputeRunningProcesses_v3,
                    nvml.nvmlDeviceGetMPSComputeRunningProcesses_v2,
                    nvml.nvmlDeviceGetMPSComputeRunningProcesses, device);
}

}  // namespace mig
