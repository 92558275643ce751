// What NVIDIA's device plugin for Kubernetes asks of a driver, by the modules that it is made of: its
// list of devices (internal/rm/device_map.go), its preferred allocation of whole GPUs (nvml_manager.go)
// and its health check (health.go). The plugin itself is a daemon that needs a kubelet.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/NVIDIA/go-gpuallocator/gpuallocator"
	"github.com/NVIDIA/go-nvlib/pkg/nvlib/device"
	"github.com/NVIDIA/go-nvml/pkg/nvml"
)

const waitMilliseconds = 600_000

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(args []string) error {
	library := nvml.New()
	switch {
	case len(args) == 1 && args[0] == "list":
		return withLibrary(library, list)
	case len(args) == 3 && args[0] == "allocate":
		size, err := strconv.Atoi(args[2])
		if err != nil {
			return err
		}
		return allocate(library, strings.Split(args[1], ","), size)
	case len(args) == 1 && args[0] == "health":
		return withLibrary(library, watchHealth)
	}
	return fmt.Errorf("usage: device-plugin list | allocate UUID,… SIZE | health")
}

func withLibrary(library nvml.Interface, use func(nvml.Interface) error) error {
	if ret := library.Init(); ret != nvml.SUCCESS {
		return fmt.Errorf("failed to initialize NVML: %v", ret)
	}
	defer library.Shutdown()
	return use(library)
}

type resource struct {
	Resource string `json:"resource"`
	Index    string `json:"index"`
	UUID     string `json:"uuid"`
	MemoryMB uint64 `json:"memoryMB"`
}

// The devices under the MIG strategy "mixed".
func list(library nvml.Interface) error {
	resources := []resource{}
	devices := device.New(library)
	err := devices.VisitDevices(func(i int, gpu device.Device) error {
		if enabled, err := gpu.IsMigEnabled(); err != nil || enabled {
			return err
		}
		found, err := describe("gpu", strconv.Itoa(i), gpu)
		resources = append(resources, found)
		return err
	})
	if err != nil {
		return err
	}
	err = devices.VisitMigDevices(func(i int, _ device.Device, j int, mig device.MigDevice) error {
		profile, err := mig.GetProfile()
		if err != nil {
			return err
		}
		name := "mig-" + strings.ReplaceAll(profile.String(), "+", ".")
		found, err := describe(name, fmt.Sprintf("%d:%d", i, j), mig)
		resources = append(resources, found)
		return err
	})
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(resources)
}

func describe(name, index string, found nvml.Device) (resource, error) {
	uuid, ret := found.GetUUID()
	if ret != nvml.SUCCESS {
		return resource{}, fmt.Errorf("device %s: failed to get its UUID: %v", index, ret)
	}
	memory, ret := found.GetMemoryInfo()
	if ret != nvml.SUCCESS {
		return resource{}, fmt.Errorf("device %s: failed to get its memory: %v", index, ret)
	}
	return resource{name, index, uuid, memory.Total >> 20}, nil
}

// As alignedAlloc does for pods that get whole GPUs.
func allocate(library nvml.Interface, available []string, size int) error {
	linked, err := gpuallocator.NewDevices(gpuallocator.WithNvmlLib(library))
	if err != nil {
		return fmt.Errorf("unable to get device link information: %w", err)
	}
	candidates, err := linked.Filter(available)
	if err != nil {
		return err
	}
	uuids := []string{}
	for _, chosen := range gpuallocator.NewBestEffortPolicy().Allocate(candidates, nil, size) {
		uuids = append(uuids, chosen.UUID)
	}
	return json.NewEncoder(os.Stdout).Encode(uuids)
}

// Prints "ready" once it is registered, and after one critical Xid the UUIDs that are then unhealthy:
// of one GPU, or of all where the event does not tell which.
func watchHealth(library nvml.Interface) error {
	set, ret := library.EventSetCreate()
	if ret != nvml.SUCCESS {
		return fmt.Errorf("failed to create event set: %v", ret)
	}
	defer set.Free()
	all := []string{}
	const wanted = nvml.EventTypeXidCriticalError | nvml.EventTypeDoubleBitEccError |
		nvml.EventTypeSingleBitEccError
	err := device.New(library).VisitDevices(func(_ int, gpu device.Device) error {
		uuid, ret := gpu.GetUUID()
		if ret != nvml.SUCCESS {
			return ret
		}
		all = append(all, uuid)
		supported, ret := gpu.GetSupportedEventTypes()
		if ret != nvml.SUCCESS {
			return ret
		}
		if ret := gpu.RegisterEvents(wanted&supported, set); ret != nvml.SUCCESS {
			return ret
		}
		return nil
	})
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		event, ret := set.Wait(waitMilliseconds)
		if ret != nvml.SUCCESS {
			return fmt.Errorf("error waiting for event: %v", ret)
		}
		if event.EventType != nvml.EventTypeXidCriticalError {
			continue
		}
		unhealthy := all
		if uuid, ret := event.Device.GetUUID(); ret == nvml.SUCCESS {
			unhealthy = []string{uuid}
		}
		return json.NewEncoder(os.Stdout).Encode(unhealthy)
	}
}
