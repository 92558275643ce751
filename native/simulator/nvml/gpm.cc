// GPU performance monitoring, from Hopper on. A GPU or instance with a process is fully busy, one
// without is idle; PCIe and NVLink carry no traffic.
#include <algorithm>
#include <iterator>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/object_table.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

struct Sample {
  unsigned machine_number;
  std::uint32_t session;
  bool taken = false;
  bool busy = false;
};

using Samples = ObjectTable<abi::nvmlGpmSample_t, Sample>;

// Null for an invalid sample, or one of an ended session.
std::shared_ptr<Sample> FindSample(abi::nvmlGpmSample_t handle, const SimMachine& machine,
                                   unsigned machine_number) {
  auto sample = Samples::Instance().Find(handle);
  const bool ours = sample != nullptr && sample->machine_number == machine_number &&
                    sample->session == machine.session();
  return ours ? sample : nullptr;
}

struct Metric {
  unsigned id;
  const char* name;
  const char* unit;
};

constexpr char kPercent[] = "%";
constexpr char kRate[] = "MiB/s";

// NVML_GPM_METRIC_*
constexpr Metric kMetrics[] = {
    {1, "GRAPHICS_UTIL", kPercent},
    {2, "SM_UTIL", kPercent},
    {3, "SM_OCCUPANCY", kPercent},
    {4, "INTEGER_UTIL", kPercent},
    {5, "ANY_TENSOR_UTIL", kPercent},
    {6, "DFMA_TENSOR_UTIL", kPercent},
    {7, "HMMA_TENSOR_UTIL", kPercent},
    {9, "IMMA_TENSOR_UTIL", kPercent},
    {10, "DRAM_BW_UTIL", kPercent},
    {11, "FP64_UTIL", kPercent},
    {12, "FP32_UTIL", kPercent},
    {13, "FP16_UTIL", kPercent},
    {20, "PCIE_TX_PER_SEC", kRate},
    {21, "PCIE_RX_PER_SEC", kRate},
    {30, "NVDEC_0_UTIL", kPercent},
    {40, "NVJPG_0_UTIL", kPercent},
    {50, "NVOFA_0_UTIL", kPercent},
    {60, "NVLINK_TOTAL_RX_PER_SEC", kRate},
    {61, "NVLINK_TOTAL_TX_PER_SEC", kRate},
};

bool IsSupported(const Call& call) {
  return call.gpu().geometry().architecture >= abi::NVML_DEVICE_ARCH_HOPPER;
}

abi::nvmlReturn_t TakeSample(const Call& call, unsigned gpu_instance, abi::nvmlGpmSample_t handle) {
  if (!IsSupported(call)) return abi::NVML_ERROR_NOT_SUPPORTED;
  const auto sample = FindSample(handle, call.machine, call.machine_number);
  if (sample == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
  sample->taken = true;
  sample->busy = IsBusy(call.reading.processes(), call.target.gpu, gpu_instance);
  return abi::NVML_SUCCESS;
}

void FillMetric(bool busy, abi::nvmlGpmMetric_t& metric) {
  const auto found = std::ranges::find(kMetrics, metric.metricId, &Metric::id);
  if (found == std::end(kMetrics)) {
    metric.nvmlReturn = abi::NVML_ERROR_NOT_SUPPORTED;
    return;
  }
  metric.nvmlReturn = abi::NVML_SUCCESS;
  metric.value = busy && found->unit == kPercent ? 100.0 : 0.0;
  // NVML's struct has writable strings, but no client may write to them.
  metric.metricInfo.shortName = const_cast<char*>(found->name);
  metric.metricInfo.longName = const_cast<char*>(found->name);
  metric.metricInfo.unit = const_cast<char*>(found->unit);
}

// On the machine of an existing sample, otherwise on the selected one.
template <FunctionName kName, typename Body>
abi::nvmlReturn_t SampleCall(abi::nvmlGpmSample_t handle, Body body) {
  const auto sample = Samples::Instance().Find(handle);
  const Gate gate(kName.id(), sample == nullptr ? SelectedMachine() : sample->machine_number);
  return gate.answered() ? gate.answer() : body(gate);
}

}  // namespace

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmQueryDeviceSupport(abi::nvmlDevice_t device,
                                                          abi::nvmlGpmSupport_t* support) {
  return ReadDevice<"nvmlGpmQueryDeviceSupport">(device, Accepts::kEither, [=](const Call& call) {
    if (support == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (support->version != abi::NVML_GPM_SUPPORT_VERSION)
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    support->isSupportedDevice = IsSupported(call);
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmSampleAlloc(abi::nvmlGpmSample_t* sample) {
  return SampleCall<"nvmlGpmSampleAlloc">(nullptr, [=](const Gate& gate) {
    if (sample == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    *sample = Samples::Instance().Add(
        std::make_shared<Sample>(Sample{gate.machine_number(), gate.machine().session()}));
    return abi::NVML_SUCCESS;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmSampleFree(abi::nvmlGpmSample_t sample) {
  return SampleCall<"nvmlGpmSampleFree">(sample, [=](const Gate& gate) {
    const auto found = FindSample(sample, gate.machine(), gate.machine_number());
    const bool freed = found != nullptr && Samples::Instance().Remove(sample);
    return freed ? abi::NVML_SUCCESS : abi::NVML_ERROR_INVALID_ARGUMENT;
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmSampleGet(abi::nvmlDevice_t device,
                                                 abi::nvmlGpmSample_t sample) {
  return ReadDevice<"nvmlGpmSampleGet">(device, Accepts::kEither, [=](const Call& call) {
    return TakeSample(call, call.is_mig_device() ? call.target.gpu_instance : kNoInstance, sample);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmMigSampleGet(abi::nvmlDevice_t device,
                                                    unsigned int gpuInstanceId,
                                                    abi::nvmlGpmSample_t sample) {
  return ReadDevice<"nvmlGpmMigSampleGet">(device, Accepts::kGpu, [=](const Call& call) {
    if (!IsSupported(call) || !call.gpu().state.mig_enabled) return abi::NVML_ERROR_NOT_SUPPORTED;
    if (gpuInstanceId >= kGpuInstanceSlots || !call.gpu().state.instances[gpuInstanceId].live()) {
      return abi::NVML_ERROR_INVALID_ARGUMENT;
    }
    return TakeSample(call, gpuInstanceId, sample);
  });
}

MIGSIM_EXPORT abi::nvmlReturn_t nvmlGpmMetricsGet(abi::nvmlGpmMetricsGet_t* metricsGet) {
  const abi::nvmlGpmSample_t any = metricsGet == nullptr ? nullptr : metricsGet->sample1;
  return SampleCall<"nvmlGpmMetricsGet">(any, [=](const Gate& gate) {
    if (metricsGet == nullptr) return abi::NVML_ERROR_INVALID_ARGUMENT;
    if (metricsGet->version != abi::NVML_GPM_METRICS_GET_VERSION) {
      return abi::NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    const auto find = [&](abi::nvmlGpmSample_t sample) {
      return FindSample(sample, gate.machine(), gate.machine_number());
    };
    const auto first = find(metricsGet->sample1);
    const auto second = find(metricsGet->sample2);
    const bool complete = first != nullptr && second != nullptr && first->taken && second->taken;
    if (!complete || metricsGet->numMetrics > std::size(metricsGet->metrics)) {
      return abi::NVML_ERROR_INVALID_ARGUMENT;
    }
    for (unsigned i = 0; i < metricsGet->numMetrics; ++i) {
      FillMetric(second->busy, metricsGet->metrics[i]);
    }
    return abi::NVML_SUCCESS;
  });
}

}  // namespace migsim
