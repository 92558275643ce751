// The Container Device Interface as container runtimes have it: CDI's own package loads folders of specs,
// and puts devices into an OCI runtime spec. One JSON request a line, one JSON answer a line.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"

	oci "github.com/opencontainers/runtime-spec/specs-go"
	"tags.cncf.io/container-device-interface/pkg/cdi"
	schema "tags.cncf.io/container-device-interface/specs-go"
)

type request struct {
	// The later one has priority.
	Folders []string `json:"folders"`
	// Qualified names: nvidia.com/gpu=0:0.
	Devices []string  `json:"devices"`
	Spec    *oci.Spec `json:"spec"`
}

type answer struct {
	// The qualified names that a runtime finds.
	Names []string `json:"names"`
	// By path: why a file is refused, or which devices of it are in conflict.
	Errors map[string][]string `json:"errors"`
	// By path: the version that a file has, and the lowest that its content needs.
	Versions map[string]versions `json:"versions"`
	// Why the devices cannot be put into the spec.
	Refusal string    `json:"refusal"`
	Spec    *oci.Spec `json:"spec"`
}

type versions struct {
	Declared string `json:"declared"`
	Minimum  string `json:"minimum"`
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<24)
	answers := json.NewEncoder(os.Stdout)
	for lines.Scan() {
		var asked request
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			fail(err)
		}
		given, err := serve(asked)
		if err != nil {
			fail(err)
		}
		if err := answers.Encode(given); err != nil {
			fail(err)
		}
	}
	if err := lines.Err(); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

func serve(asked request) (*answer, error) {
	cache, err := cdi.NewCache(cdi.WithSpecDirs(asked.Folders...), cdi.WithAutoRefresh(false))
	if err != nil {
		return nil, err
	}
	given := &answer{
		Names:    cache.ListDevices(),
		Errors:   map[string][]string{},
		Versions: map[string]versions{},
		Spec:     asked.Spec,
	}
	for path, found := range cache.GetErrors() {
		for _, each := range found {
			given.Errors[path] = append(given.Errors[path], each.Error())
		}
	}
	for _, vendor := range cache.ListVendors() {
		for _, spec := range cache.GetVendorSpecs(vendor) {
			minimum, err := schema.MinimumRequiredVersion(spec.Spec)
			if err != nil {
				return nil, err
			}
			given.Versions[spec.GetPath()] = versions{spec.Version, minimum}
		}
	}
	if asked.Spec != nil {
		if _, err := cache.InjectDevices(asked.Spec, asked.Devices...); err != nil {
			given.Refusal = err.Error()
		}
	}
	return given, nil
}
