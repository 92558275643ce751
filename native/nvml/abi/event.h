// Events of a GPU and of the system.
// Source: header NVML 13.3.29; every size and offset was compiled from it for x86-64 and aarch64.
#ifndef MIG_NVML_ABI_EVENT_H_
#define MIG_NVML_ABI_EVENT_H_

#include <cstddef>

#include "nvml/abi/handles.h"

namespace nvml_abi {

inline constexpr unsigned long long nvmlEventTypeNone = 0x00000000;
inline constexpr unsigned long long nvmlEventTypeSingleBitEccError = 0x00000001;
inline constexpr unsigned long long nvmlEventTypeDoubleBitEccError = 0x00000002;
inline constexpr unsigned long long nvmlEventTypePState = 0x00000004;
inline constexpr unsigned long long nvmlEventTypeXidCriticalError = 0x00000008;
inline constexpr unsigned long long nvmlEventTypeClock = 0x00000010;
inline constexpr unsigned long long nvmlEventTypePowerSourceChange = 0x00000080;
inline constexpr unsigned long long nvmlEventMigConfigChange = 0x00000100;
inline constexpr unsigned long long nvmlEventTypeSingleBitEccErrorStorm = 0x00000200;
inline constexpr unsigned long long nvmlEventTypeDramRetirementEvent = 0x00000400;
inline constexpr unsigned long long nvmlEventTypeDramRetirementFailure = 0x00000800;
inline constexpr unsigned long long nvmlEventTypeNonFatalPoisonError = 0x00001000;
inline constexpr unsigned long long nvmlEventTypeFatalPoisonError = 0x00002000;
inline constexpr unsigned long long nvmlEventTypeGpuUnavailableError = 0x00004000;
inline constexpr unsigned long long nvmlEventTypeGpuRecoveryAction = 0x00008000;
inline constexpr unsigned long long nvmlEventTypeAll = 0x0000ff9f;
inline constexpr unsigned long long nvmlSystemEventTypeGpuDriverUnbind = 0x00000001;
inline constexpr unsigned long long nvmlSystemEventTypeGpuDriverBind = 0x00000002;
inline constexpr unsigned long long nvmlSystemEventTypeCount = 0x00000002;

struct nvmlEventData_t {
  nvmlDevice_t device;
  unsigned long long eventType;
  unsigned long long eventData;
  unsigned int gpuInstanceId;
  unsigned int computeInstanceId;
};
static_assert(sizeof(nvmlEventData_t) == 32 && alignof(nvmlEventData_t) == 8);
static_assert(offsetof(nvmlEventData_t, device) == 0);
static_assert(offsetof(nvmlEventData_t, eventType) == 8);
static_assert(offsetof(nvmlEventData_t, eventData) == 16);
static_assert(offsetof(nvmlEventData_t, gpuInstanceId) == 24);
static_assert(offsetof(nvmlEventData_t, computeInstanceId) == 28);

struct nvmlSystemEventSetCreateRequest_v1_t {
  unsigned int version;
  nvmlSystemEventSet_t set;
};
static_assert(sizeof(nvmlSystemEventSetCreateRequest_v1_t) == 16 &&
              alignof(nvmlSystemEventSetCreateRequest_v1_t) == 8);
static_assert(offsetof(nvmlSystemEventSetCreateRequest_v1_t, version) == 0);
static_assert(offsetof(nvmlSystemEventSetCreateRequest_v1_t, set) == 8);
inline constexpr unsigned int nvmlSystemEventSetCreateRequest_v1_version = 0x01000010;
static_assert(nvmlSystemEventSetCreateRequest_v1_version ==
              (sizeof(nvmlSystemEventSetCreateRequest_v1_t) | 1u << 24));

struct nvmlSystemEventSetFreeRequest_v1_t {
  unsigned int version;
  nvmlSystemEventSet_t set;
};
static_assert(sizeof(nvmlSystemEventSetFreeRequest_v1_t) == 16 &&
              alignof(nvmlSystemEventSetFreeRequest_v1_t) == 8);
static_assert(offsetof(nvmlSystemEventSetFreeRequest_v1_t, version) == 0);
static_assert(offsetof(nvmlSystemEventSetFreeRequest_v1_t, set) == 8);
inline constexpr unsigned int nvmlSystemEventSetFreeRequest_v1_version = 0x01000010;
static_assert(nvmlSystemEventSetFreeRequest_v1_version ==
              (sizeof(nvmlSystemEventSetFreeRequest_v1_t) | 1u << 24));

struct nvmlSystemRegisterEventRequest_v1_t {
  unsigned int version;
  unsigned long long eventTypes;
  nvmlSystemEventSet_t set;
};
static_assert(sizeof(nvmlSystemRegisterEventRequest_v1_t) == 24 &&
              alignof(nvmlSystemRegisterEventRequest_v1_t) == 8);
static_assert(offsetof(nvmlSystemRegisterEventRequest_v1_t, version) == 0);
static_assert(offsetof(nvmlSystemRegisterEventRequest_v1_t, eventTypes) == 8);
static_assert(offsetof(nvmlSystemRegisterEventRequest_v1_t, set) == 16);
inline constexpr unsigned int nvmlSystemRegisterEventRequest_v1_version = 0x01000018;
static_assert(nvmlSystemRegisterEventRequest_v1_version ==
              (sizeof(nvmlSystemRegisterEventRequest_v1_t) | 1u << 24));

struct nvmlSystemEventData_v1_t {
  unsigned long long eventType;
  unsigned int gpuId;
};
static_assert(sizeof(nvmlSystemEventData_v1_t) == 16 && alignof(nvmlSystemEventData_v1_t) == 8);
static_assert(offsetof(nvmlSystemEventData_v1_t, eventType) == 0);
static_assert(offsetof(nvmlSystemEventData_v1_t, gpuId) == 8);

struct nvmlSystemEventSetWaitRequest_v1_t {
  unsigned int version;
  unsigned int timeoutms;
  nvmlSystemEventSet_t set;
  nvmlSystemEventData_v1_t* data;
  unsigned int dataSize;
  unsigned int numEvent;
};
static_assert(sizeof(nvmlSystemEventSetWaitRequest_v1_t) == 32 &&
              alignof(nvmlSystemEventSetWaitRequest_v1_t) == 8);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, version) == 0);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, timeoutms) == 4);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, set) == 8);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, data) == 16);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, dataSize) == 24);
static_assert(offsetof(nvmlSystemEventSetWaitRequest_v1_t, numEvent) == 28);
inline constexpr unsigned int nvmlSystemEventSetWaitRequest_v1_version = 0x01000020;
static_assert(nvmlSystemEventSetWaitRequest_v1_version ==
              (sizeof(nvmlSystemEventSetWaitRequest_v1_t) | 1u << 24));

}  // namespace nvml_abi

#endif  // MIG_NVML_ABI_EVENT_H_
