// Our own declarations of the part of NVML's binary interface that we call and that the simulated
// driver exports. They are in a namespace, so that a test can compare them with NVIDIA's header in
// one translation unit.
#ifndef MIG_NVML_ABI_H_
#define MIG_NVML_ABI_H_

#include "nvml/abi/compute_instance.h"
#include "nvml/abi/device.h"
#include "nvml/abi/event.h"
#include "nvml/abi/field.h"
#include "nvml/abi/functions.h"
#include "nvml/abi/gpu_instance.h"
#include "nvml/abi/handles.h"
#include "nvml/abi/legacy.h"
#include "nvml/abi/process.h"
#include "nvml/abi/profiles.h"
#include "nvml/abi/return_codes.h"
#include "nvml/abi/topology.h"
#include "nvml/abi/values.h"

#endif  // MIG_NVML_ABI_H_
