// Field values and GPM metrics.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_FIELD_H_
#define MIG_NVML_ABI_FIELD_H_

#include <cstddef>

#include "nvml/abi/handles.h"
#include "nvml/abi/return_codes.h"
#include "nvml/abi/values.h"

namespace nvml_abi {

union nvmlValue_t {
  double dVal;
  int siVal;
  unsigned int uiVal;
  unsigned long ulVal;
  unsigned long long ullVal;
  long long sllVal;
  unsigned short usVal;
};
static_assert(sizeof(nvmlValue_t) == 8 && alignof(nvmlValue_t) == 8);

struct nvmlFieldValue_t {
  unsigned int fieldId;
  unsigned int scopeId;
  long long timestamp;
  long long latencyUsec;
  nvmlValueType_t valueType;
  nvmlReturn_t nvmlReturn;
  nvmlValue_t value;
};
static_assert(sizeof(nvmlFieldValue_t) == 40 && alignof(nvmlFieldValue_t) == 8);
static_assert(offsetof(nvmlFieldValue_t, fieldId) == 0);
static_assert(offsetof(nvmlFieldValue_t, scopeId) == 4);
static_assert(offsetof(nvmlFieldValue_t, timestamp) == 8);
static_assert(offsetof(nvmlFieldValue_t, latencyUsec) == 16);
static_assert(offsetof(nvmlFieldValue_t, valueType) == 24);
static_assert(offsetof(nvmlFieldValue_t, nvmlReturn) == 28);
static_assert(offsetof(nvmlFieldValue_t, value) == 32);

struct nvmlGpmMetric_t {
  unsigned int metricId;
  nvmlReturn_t nvmlReturn;
  double value;
  struct {
    char* shortName;
    char* longName;
    char* unit;
  } metricInfo;
};
static_assert(sizeof(nvmlGpmMetric_t) == 40 && alignof(nvmlGpmMetric_t) == 8);
static_assert(offsetof(nvmlGpmMetric_t, metricId) == 0);
static_assert(offsetof(nvmlGpmMetric_t, nvmlReturn) == 4);
static_assert(offsetof(nvmlGpmMetric_t, value) == 8);
static_assert(offsetof(nvmlGpmMetric_t, metricInfo) == 16);
static_assert(offsetof(nvmlGpmMetric_t, metricInfo.shortName) == 16);
static_assert(offsetof(nvmlGpmMetric_t, metricInfo.longName) == 24);
static_assert(offsetof(nvmlGpmMetric_t, metricInfo.unit) == 32);

// Older headers had fewer metric slots: only the first numMetrics entries may be touched.
struct nvmlGpmMetricsGet_t {
  unsigned int version;
  unsigned int numMetrics;
  nvmlGpmSample_t sample1;
  nvmlGpmSample_t sample2;
  nvmlGpmMetric_t metrics[333];
};
static_assert(sizeof(nvmlGpmMetricsGet_t) == 13344 && alignof(nvmlGpmMetricsGet_t) == 8);
static_assert(offsetof(nvmlGpmMetricsGet_t, version) == 0);
static_assert(offsetof(nvmlGpmMetricsGet_t, numMetrics) == 4);
static_assert(offsetof(nvmlGpmMetricsGet_t, sample1) == 8);
static_assert(offsetof(nvmlGpmMetricsGet_t, sample2) == 16);
static_assert(offsetof(nvmlGpmMetricsGet_t, metrics) == 24);

struct nvmlGpmSupport_t {
  unsigned int version;
  unsigned int isSupportedDevice;
};
static_assert(sizeof(nvmlGpmSupport_t) == 8 && alignof(nvmlGpmSupport_t) == 4);
static_assert(offsetof(nvmlGpmSupport_t, version) == 0);
static_assert(offsetof(nvmlGpmSupport_t, isSupportedDevice) == 4);

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_FIELD_H_
