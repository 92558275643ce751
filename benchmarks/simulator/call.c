// How long one NVML read takes. Opens the library given as argument, which finds its machine in the
// environment (MIG_SIMULATOR_STORE: shared; without: private), and prints JSON: for each function
// the median over batches of the time per call, in nanoseconds.
//   cc -O2 -o call call.c -ldl && ./call build/Release/simulator/libnvidia-ml.so.1
#define _POSIX_C_SOURCE 200809L
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

enum { kBatches = 1001, kCallsPerBatch = 200 };

typedef int (*no_arguments)(void);
typedef int (*get_count)(unsigned* count);
typedef int (*get_handle)(unsigned index, void** device);
typedef int (*get_mode)(void* device, unsigned* current, unsigned* pending);
typedef int (*get_text)(void* device, char* text, unsigned length);

static void* library;

static void* symbol(const char* name) {
  void* found = dlsym(library, name);
  if (found == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(2);
  }
  return found;
}

static void check(const char* name, int result) {
  if (result == 0) return;
  fprintf(stderr, "%s answered %d\n", name, result);
  exit(1);
}

static double now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1e9 + now.tv_nsec;
}

static int compare(const void* a, const void* b) {
  const double x = *(const double*)a, y = *(const double*)b;
  return (x > y) - (x < y);
}

static void* gpu;

static int count_gpus(void* function) {
  unsigned count;
  return ((get_count)function)(&count);
}

static int read_mode(void* function) {
  unsigned current, pending;
  return ((get_mode)function)(gpu, &current, &pending);
}

static int read_text(void* function) {
  char text[96];
  return ((get_text)function)(gpu, text, sizeof text);
}

static double median_ns(const char* name, int (*call)(void*)) {
  static double times[kBatches];
  void* function = symbol(name);
  for (int batch = 0; batch < kBatches; ++batch) {
    const double start = now_ns();
    for (int i = 0; i < kCallsPerBatch; ++i) check(name, call(function));
    times[batch] = (now_ns() - start) / kCallsPerBatch;
  }
  qsort(times, kBatches, sizeof times[0], compare);
  return times[kBatches / 2];
}

int main(int argc, char** argv) {
  if (argc != 2 || (library = dlopen(argv[1], RTLD_NOW | RTLD_LOCAL)) == NULL) {
    fprintf(stderr, "usage: call LIBRARY\n%s\n", argc == 2 ? dlerror() : "");
    return 2;
  }
  check("nvmlInit_v2", ((no_arguments)symbol("nvmlInit_v2"))());
  check("nvmlDeviceGetHandleByIndex_v2",
        ((get_handle)symbol("nvmlDeviceGetHandleByIndex_v2"))(0, &gpu));
  const char* store = getenv("MIG_SIMULATOR_STORE");
  printf("{\"store\":\"%s\",\"medianNs\":{", store == NULL ? "private" : "shared");
  printf("\"nvmlDeviceGetCount_v2\":%.1f,", median_ns("nvmlDeviceGetCount_v2", count_gpus));
  printf("\"nvmlDeviceGetMigMode\":%.1f,", median_ns("nvmlDeviceGetMigMode", read_mode));
  printf("\"nvmlDeviceGetName\":%.1f,", median_ns("nvmlDeviceGetName", read_text));
  printf("\"nvmlDeviceGetUUID\":%.1f}}\n", median_ns("nvmlDeviceGetUUID", read_text));
  check("nvmlShutdown", ((no_arguments)symbol("nvmlShutdown"))());
  return 0;
}
