// The part of the kubelet that speaks with device plugins: its own device manager and its own podresources
// server, without the rest of a node. The kubelet's folders are fixed in its code, so the caller mounts
// others in their place.
//
// Commands on standard input, one a line; the answers are lines of JSON:
//
//	capacity                     resources, as the kubelet writes them into the status of its node
//	allocate POD RESOURCE=N ...  what the pod's container gets; the pod runs from then on
//	delete POD                   the pod is gone
//	restart                      what a restart of the kubelet does to plugins
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"

	"google.golang.org/grpc"
	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/klog/v2"
	podresourcesv1 "k8s.io/kubelet/pkg/apis/podresources/v1"
	"k8s.io/kubernetes/pkg/kubelet/apis/podresources"
	"k8s.io/kubernetes/pkg/kubelet/cm/containermap"
	"k8s.io/kubernetes/pkg/kubelet/cm/devicemanager"
	"k8s.io/kubernetes/pkg/kubelet/cm/topologymanager"
	"k8s.io/kubernetes/pkg/kubelet/config"
	"k8s.io/kubernetes/pkg/kubelet/lifecycle"
)

const (
	podResourcesSocket = "/var/lib/kubelet/pod-resources/kubelet.sock"
	containerName      = "main"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run() error {
	node := &node{pods: map[string]*v1.Pod{}, logger: klog.Background()}
	if err := os.MkdirAll("/var/lib/kubelet/device-plugins", 0o750); err != nil {
		return err
	}
	if err := node.start(); err != nil {
		return err
	}
	if err := node.servePodResources(); err != nil {
		return err
	}
	answer(map[string]any{"ready": true})
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		result, err := node.execute(strings.Fields(lines.Text()))
		if err != nil {
			answer(map[string]any{"error": err.Error()})
			continue
		}
		answer(result)
	}
	return lines.Err()
}

func answer(value any) {
	if err := json.NewEncoder(os.Stdout).Encode(value); err != nil {
		panic(err)
	}
}

type node struct {
	mutex   sync.Mutex
	pods    map[string]*v1.Pod
	manager *devicemanager.ManagerImpl
	logger  klog.Logger
}

func (n *node) start() error {
	manager, err := devicemanager.NewManagerImpl(n.logger, nil, topologymanager.NewFakeManager(n.logger))
	if err != nil {
		return err
	}
	n.mutex.Lock()
	n.manager = manager
	n.mutex.Unlock()
	ready := config.NewSourcesReady(func(sets.Set[string]) bool { return true })
	return manager.Start(n.logger, n.GetActivePods, ready, containermap.NewContainerMap(), sets.New[string]())
}

func (n *node) execute(words []string) (any, error) {
	switch {
	case len(words) == 1 && words[0] == "capacity":
		return n.capacity(), nil
	case len(words) > 2 && words[0] == "allocate":
		return n.allocate(words[1], words[2:])
	case len(words) == 2 && words[0] == "delete":
		n.mutex.Lock()
		delete(n.pods, words[1])
		n.mutex.Unlock()
		return map[string]any{}, nil
	case len(words) == 1 && words[0] == "restart":
		if err := n.manager.Stop(n.logger); err != nil {
			return nil, err
		}
		return map[string]any{}, n.start()
	}
	return nil, fmt.Errorf("unknown command: %q", words)
}

type amounts struct {
	Capacity    int64 `json:"capacity"`
	Allocatable int64 `json:"allocatable"`
}

func (n *node) capacity() map[string]amounts {
	capacity, allocatable, _ := n.manager.GetCapacity(n.logger)
	all := map[string]amounts{}
	for name, quantity := range capacity {
		free := allocatable[name]
		all[string(name)] = amounts{quantity.Value(), free.Value()}
	}
	return all
}

type allocation struct {
	CDIDevices []string          `json:"cdiDevices"`
	Envs       map[string]string `json:"envs"`
	Devices    []string          `json:"devices"`
	Mounts     []string          `json:"mounts"`
}

func (n *node) allocate(name string, requests []string) (any, error) {
	limits := v1.ResourceList{}
	for _, request := range requests {
		resourceName, count, _ := strings.Cut(request, "=")
		quantity, err := resource.ParseQuantity(count)
		if err != nil {
			return nil, err
		}
		limits[v1.ResourceName(resourceName)] = quantity
	}
	container := v1.Container{Name: containerName, Resources: v1.ResourceRequirements{Limits: limits, Requests: limits}}
	pod := &v1.Pod{
		ObjectMeta: metav1.ObjectMeta{Name: name, Namespace: "team", UID: types.UID(name)},
		Spec:       v1.PodSpec{Containers: []v1.Container{container}},
	}
	n.mutex.Lock()
	n.pods[name] = pod
	n.mutex.Unlock()
	ctx := context.Background()
	if err := n.manager.Allocate(ctx, pod, &pod.Spec.Containers[0], lifecycle.AddOperation); err != nil {
		n.mutex.Lock()
		delete(n.pods, name)
		n.mutex.Unlock()
		return nil, err
	}
	options, err := n.manager.GetDeviceRunContainerOptions(ctx, pod, &pod.Spec.Containers[0])
	if err != nil {
		return nil, err
	}
	got := allocation{CDIDevices: []string{}, Envs: map[string]string{}, Devices: []string{}, Mounts: []string{}}
	for _, device := range options.CDIDevices {
		got.CDIDevices = append(got.CDIDevices, device.Name)
	}
	for _, env := range options.Envs {
		got.Envs[env.Name] = env.Value
	}
	for _, device := range options.Devices {
		got.Devices = append(got.Devices, fmt.Sprintf("%s:%s:%s", device.PathOnHost, device.PathInContainer, device.Permissions))
	}
	for _, mount := range options.Mounts {
		got.Mounts = append(got.Mounts, mount.HostPath+":"+mount.ContainerPath)
	}
	sort.Strings(got.CDIDevices)
	sort.Strings(got.Devices)
	return got, nil
}

func (n *node) servePodResources() error {
	if err := os.MkdirAll(filepath.Dir(podResourcesSocket), 0o750); err != nil {
		return err
	}
	listener, err := net.Listen("unix", podResourcesSocket)
	if err != nil {
		return err
	}
	server := grpc.NewServer()
	podresourcesv1.RegisterPodResourcesListerServer(server, podresources.NewV1PodResourcesServer(
		context.Background(),
		podresources.PodResourcesProviders{Pods: n, Devices: n, Cpus: nothing{}, Memory: nothing{}, DynamicResources: nothing{}},
	))
	go func() { _ = server.Serve(listener) }()
	return nil
}

func (n *node) GetActivePods() []*v1.Pod {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	pods := []*v1.Pod{}
	for _, pod := range n.pods {
		pods = append(pods, pod)
	}
	return pods
}

func (n *node) GetPods() []*v1.Pod { return n.GetActivePods() }

func (n *node) GetPodByName(namespace, name string) (*v1.Pod, bool) {
	n.mutex.Lock()
	defer n.mutex.Unlock()
	pod, found := n.pods[name]
	return pod, found && pod.Namespace == namespace
}

func (n *node) UpdateAllocatedDevices(logger klog.Logger) { n.manager.UpdateAllocatedDevices(logger) }

func (n *node) GetDevices(podUID, containerName string) []*podresourcesv1.ContainerDevices {
	return listed(n.manager.GetDevices(podUID, containerName))
}

func (n *node) GetAllocatableDevices(logger klog.Logger) []*podresourcesv1.ContainerDevices {
	return listed(n.manager.GetAllocatableDevices(logger))
}

// One entry for each device, as the kubelet's container manager lists them.
func listed(resources devicemanager.ResourceDeviceInstances) []*podresourcesv1.ContainerDevices {
	all := []*podresourcesv1.ContainerDevices{}
	for name, devices := range resources {
		for id := range devices {
			all = append(all, &podresourcesv1.ContainerDevices{ResourceName: name, DeviceIds: []string{id}})
		}
	}
	return all
}

// A node without pinned CPUs, pinned memory and claims.
type nothing struct{}

func (nothing) GetCPUs(*v1.Pod, *v1.Container) []int64 { return nil }
func (nothing) GetPodCPUs(string) []int64              { return nil }
func (nothing) GetAllocatableCPUs() []int64            { return nil }
func (nothing) GetMemory(klog.Logger, *v1.Pod, *v1.Container) []*podresourcesv1.ContainerMemory {
	return nil
}
func (nothing) GetPodMemory(klog.Logger, string) []*podresourcesv1.ContainerMemory { return nil }
func (nothing) GetAllocatableMemory(klog.Logger) []*podresourcesv1.ContainerMemory { return nil }
func (nothing) GetDynamicResources(klog.Logger, *v1.Pod, *v1.Container) []*podresourcesv1.DynamicResource {
	return nil
}
