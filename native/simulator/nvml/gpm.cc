// GPU performance monitoring, from Hopper on. A GPU or instance with a process is fully busy, one
// without is idle; nothing moves over PCIe or NVLink.
#include <algorithm>
#include <iterator>

#include "simulator/nvml/device_call.h"
#include "simulator/nvml/object_table.h"
#include "simulator/nvml/result.h"

namespace migsim {
namespace {

using namespace nvml_abi;

struct Sample {
  unsigned machine_number;
  std::uint32_t session;
  bool taken = false;
  bool busy = false;
};

using Samples = ObjectTable<nvmlGpmSample_t, Sample>;

// Null for one that is none, or of a session that is over.
std::shared_ptr<Sample> FindSample(nvmlGpmSample_t handle, const Machine& machine,
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
  return call.gpu().geometry().architecture >= NVML_DEVICE_ARCH_HOPPER;
}

nvmlReturn_t TakeSample(const Call& call, unsigned gpu_instance, nvmlGpmSample_t handle) {
  if (!IsSupported(call)) return NVML_ERROR_NOT_SUPPORTED;
  const auto sample = FindSample(handle, call.machine, call.machine_number);
  if (sample == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
  sample->taken = true;
  sample->busy = IsBusy(call.reading.processes(), call.place.gpu, gpu_instance);
  return NVML_SUCCESS;
}

void FillMetric(bool busy, nvmlGpmMetric_t& metric) {
  const auto found = std::ranges::find(kMetrics, metric.metricId, &Metric::id);
  if (found == std::end(kMetrics)) {
    metric.nvmlReturn = NVML_ERROR_NOT_SUPPORTED;
    return;
  }
  metric.nvmlReturn = NVML_SUCCESS;
  metric.value = busy && found->unit == kPercent ? 100.0 : 0.0;
  // NVML's struct has the strings writable; nobody may write to them.
  metric.metricInfo.shortName = const_cast<char*>(found->name);
  metric.metricInfo.longName = const_cast<char*>(found->name);
  metric.metricInfo.unit = const_cast<char*>(found->unit);
}

// On the machine of a sample that exists already, else on the selected one.
template <FunctionName kName, typename Body>
nvmlReturn_t SampleCall(nvmlGpmSample_t handle, Body body) {
  const auto sample = Samples::Instance().Find(handle);
  const Gate gate(kName.id(), sample == nullptr ? SelectedMachine() : sample->machine_number);
  return gate.answered() ? gate.answer() : body(gate);
}

}  // namespace
}  // namespace migsim

namespace nvml_abi {

using namespace migsim;

nvmlReturn_t nvmlGpmQueryDeviceSupport(nvmlDevice_t device, nvmlGpmSupport_t* support) {
  return ReadDevice<"nvmlGpmQueryDeviceSupport">(device, Accepts::kEither, [=](const Call& call) {
    if (support == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (support->version != NVML_GPM_SUPPORT_VERSION) return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    support->isSupportedDevice = IsSupported(call);
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlGpmSampleAlloc(nvmlGpmSample_t* sample) {
  return SampleCall<"nvmlGpmSampleAlloc">(nullptr, [=](const Gate& gate) {
    if (sample == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    *sample = Samples::Instance().Add(
        std::make_shared<Sample>(Sample{gate.machine_number(), gate.machine().session()}));
    return NVML_SUCCESS;
  });
}

nvmlReturn_t nvmlGpmSampleFree(nvmlGpmSample_t sample) {
  return SampleCall<"nvmlGpmSampleFree">(sample, [=](const Gate& gate) {
    const auto found = FindSample(sample, gate.machine(), gate.machine_number());
    const bool freed = found != nullptr && Samples::Instance().Remove(sample);
    return freed ? NVML_SUCCESS : NVML_ERROR_INVALID_ARGUMENT;
  });
}

nvmlReturn_t nvmlGpmSampleGet(nvmlDevice_t device, nvmlGpmSample_t sample) {
  return ReadDevice<"nvmlGpmSampleGet">(device, Accepts::kEither, [=](const Call& call) {
    return TakeSample(call, call.is_mig_device() ? call.place.gpu_instance : kNoInstance, sample);
  });
}

nvmlReturn_t nvmlGpmMigSampleGet(nvmlDevice_t device, unsigned int gpuInstanceId,
                                 nvmlGpmSample_t sample) {
  return ReadDevice<"nvmlGpmMigSampleGet">(device, Accepts::kGpu, [=](const Call& call) {
    if (!IsSupported(call) || !call.gpu().state.mig_enabled) return NVML_ERROR_NOT_SUPPORTED;
    if (gpuInstanceId >= kGpuInstanceSlots || !call.gpu().state.instances[gpuInstanceId].live()) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    return TakeSample(call, gpuInstanceId, sample);
  });
}

nvmlReturn_t nvmlGpmMetricsGet(nvmlGpmMetricsGet_t* metricsGet) {
  const nvmlGpmSample_t any = metricsGet == nullptr ? nullptr : metricsGet->sample1;
  return SampleCall<"nvmlGpmMetricsGet">(any, [=](const Gate& gate) {
    if (metricsGet == nullptr) return NVML_ERROR_INVALID_ARGUMENT;
    if (metricsGet->version != NVML_GPM_METRICS_GET_VERSION) {
      return NVML_ERROR_ARGUMENT_VERSION_MISMATCH;
    }
    const auto find = [&](nvmlGpmSample_t sample) {
      return FindSample(sample, gate.machine(), gate.machine_number());
    };
    const auto first = find(metricsGet->sample1);
    const auto second = find(metricsGet->sample2);
    const bool complete = first != nullptr && second != nullptr && first->taken && second->taken;
    if (!complete || metricsGet->numMetrics > std::size(metricsGet->metrics)) {
      return NVML_ERROR_INVALID_ARGUMENT;
    }
    for (unsigned i = 0; i < metricsGet->numMetrics; ++i) {
      FillMetric(second->busy, metricsGet->metrics[i]);
    }
    return NVML_SUCCESS;
  });
}

}  // namespace nvml_abi
