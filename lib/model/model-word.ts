import { cached } from './cached.js'

/**
 * One spelling for the names of a model: `NVIDIA A100 80GB PCIe` as NVML writes it, `NVIDIA-A100-80GB-PCIe` as labels
 * of Kubernetes nodes do, without `NVIDIA`, in any case. Source of the labels: gpu-feature-discovery writes a hyphen
 * for white space.
 */
export function modelWord(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replaceAll(/[\s-]+/g, '-')
    .replace(/^nvidia-/, '')
}

const words = new Map<string, string>()
const mostWords = 1000

/** Whether one of these names, in any spelling, is that of the model. */
export function namesModel(names: readonly string[], model: string): boolean {
  if (names.includes(model)) return true
  // A fleet compares the same few names for each of its GPUs.
  if (words.size > mostWords) words.clear()
  const wanted = cached(words, model, modelWord)
  return names.some((name) => cached(words, name, modelWord) === wanted)
}
