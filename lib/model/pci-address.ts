/** The kernel's form of a PCI address. NVML writes the domain with eight digits, the kernel with at least four, in lower case. */
export function kernelAddress(pciBusId: string): string {
  return pciBusId.toLowerCase().replace(/^0{1,4}(?=[0-9a-f]{4,}:)/, '')
}
