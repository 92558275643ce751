// The allocator of Kubernetes' scheduler by itself, with the features that are on by default in 1.37. Each line of
// the input is a question, each line of the output its answer. ResourceSlices and DeviceClasses stay until a
// question brings others.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	resource "k8s.io/api/resource/v1"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/dynamic-resource-allocation/cel"
	"k8s.io/dynamic-resource-allocation/structured"
)

type question struct {
	Slices  []*resource.ResourceSlice `json:"slices"`
	Classes []*resource.DeviceClass   `json:"classes"`
	Node    string                    `json:"node"`
	// What other pods have.
	Allocated []resource.DeviceRequestAllocationResult `json:"allocated"`
	// The claims of each pod. The pods come one after the other, and each keeps what it gets.
	Pods [][]*resource.ResourceClaim `json:"pods"`
}

type answer struct {
	// For each pod the allocation of each of its claims; null: it does not fit.
	Pods  [][]resource.AllocationResult `json:"pods"`
	Error string                        `json:"error,omitempty"`
}

var features = structured.Features{
	AdminAccess:             true,
	ConsumableCapacity:      true,
	DeviceBindingAndStatus:  true,
	DeviceTaints:            true,
	FractionalCapacityRange: true,
	PartitionableDevices:    true,
	PrioritizedList:         true,
}

func main() {
	if err := serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func serve() error {
	in := json.NewDecoder(bufio.NewReader(os.Stdin))
	// A field that Kubernetes does not know would be dropped without a word.
	in.DisallowUnknownFields()
	out := json.NewEncoder(os.Stdout)
	cluster := &cluster{cache: cel.NewCache(100, cel.Features{EnableConsumableCapacity: true})}
	for in.More() {
		var asked question
		if err := in.Decode(&asked); err != nil {
			return err
		}
		if err := out.Encode(cluster.answer(asked)); err != nil {
			return err
		}
	}
	return nil
}

type cluster struct {
	slices  []*resource.ResourceSlice
	classes map[string]*resource.DeviceClass
	cache   *cel.Cache
}

func (c *cluster) answer(asked question) answer {
	if asked.Slices != nil {
		c.slices = asked.Slices
	}
	if asked.Classes != nil {
		c.classes = map[string]*resource.DeviceClass{}
		for _, class := range asked.Classes {
			c.classes[class.Name] = class
		}
	}
	taken := sets.New[structured.DeviceID]()
	for _, one := range asked.Allocated {
		taken.Insert(structured.MakeDeviceID(one.Driver, one.Pool, one.Device))
	}
	node := &corev1.Node{}
	node.Name = asked.Node
	given := answer{Pods: [][]resource.AllocationResult{}}
	for _, claims := range asked.Pods {
		results, err := c.allocate(node, taken, claims)
		if err != nil {
			given.Error = err.Error()
			return given
		}
		for _, result := range results {
			for _, one := range result.Devices.Results {
				taken.Insert(structured.MakeDeviceID(one.Driver, one.Pool, one.Device))
			}
		}
		given.Pods = append(given.Pods, results)
	}
	return given
}

func (c *cluster) allocate(
	node *corev1.Node,
	taken sets.Set[structured.DeviceID],
	claims []*resource.ResourceClaim,
) ([]resource.AllocationResult, error) {
	for _, claim := range claims {
		setDefaults(claim)
	}
	ctx := context.Background()
	state := structured.AllocatedState{
		AllocatedDevices:         taken,
		AllocatedSharedDeviceIDs: sets.New[structured.SharedDeviceID](),
		AggregatedCapacity:       structured.NewConsumedCapacityCollection(),
	}
	allocator, err := structured.NewAllocator(ctx, features, state, c, c.slices, c.cache)
	if err != nil {
		return nil, err
	}
	return allocator.Allocate(ctx, node, claims)
}

// As the API server does it (pkg/apis/resource/v1/defaults.go).
func setDefaults(claim *resource.ResourceClaim) {
	for i := range claim.Spec.Devices.Requests {
		request := &claim.Spec.Devices.Requests[i]
		if request.Exactly != nil {
			setCount(&request.Exactly.AllocationMode, &request.Exactly.Count)
		}
		for j := range request.FirstAvailable {
			setCount(&request.FirstAvailable[j].AllocationMode, &request.FirstAvailable[j].Count)
		}
	}
}

func setCount(mode *resource.DeviceAllocationMode, count *int64) {
	if *mode == "" {
		*mode = resource.DeviceAllocationModeExactCount
	}
	if *mode == resource.DeviceAllocationModeExactCount && *count == 0 {
		*count = 1
	}
}

func (c *cluster) List() ([]*resource.DeviceClass, error) {
	all := []*resource.DeviceClass{}
	for _, class := range c.classes {
		all = append(all, class)
	}
	return all, nil
}

func (c *cluster) Get(name string) (*resource.DeviceClass, error) {
	if class, found := c.classes[name]; found {
		return class, nil
	}
	return nil, fmt.Errorf("no DeviceClass %s", name)
}
