import type { PodRequest, PodRequestOptions } from '../../types/kubernetes/pods.js'
import { MigError } from '../errors.js'
import { listCatalogModels } from '../model/catalog.js'
import { deepFreeze } from '../model/freeze.js'
import { modelWord } from '../model/model-word.js'
import { checkPodOptions } from './check-options.js'
import { cleanValue, isLabelValue, longestValue } from './label-values.js'
import { deviceNameOf, dottedName, gpuResource, isPart, migResource } from './resource-name.js'

const productLabel = 'nvidia.com/gpu.product'

/**
 * What a pod writes to get MIG devices of a size: `1g.5gb`, or the resource `nvidia.com/mig-1g.5gb`. With `single` the node's
 * label `nvidia.com/gpu.product` decides the size, so the model must be named; with `mixed` it also narrows the nodes.
 *
 * @throws MigError `MIG_PROFILE_UNKNOWN` for a text that is no size; `MIG_STRATEGY_INVALID` for a part of a GPU instance with `mixed`, and
 *   for a label that is too long to exist; TypeError for wrong options.
 */
export function podRequest(size: string, options: PodRequestOptions): PodRequest {
  checkPodOptions(options)
  const { strategy, count = 1, model } = options
  const device = deviceNameOf(size)
  return deepFreeze(
    strategy === 'single'
      ? singleRequest(device, count, model)
      : mixedRequest(device, count, model),
  )
}

function singleRequest(device: string, count: number, model: string | undefined): PodRequest {
  if (model === undefined)
    throw new TypeError(
      "podRequest: option model must be the name of a GPU with the strategy 'single', because only the label of the product has the size there",
    )
  const product = `${productOf(model)}-MIG-${dottedName(device)}`
  if (product.length > longestValue)
    throw new MigError(
      'MIG_STRATEGY_INVALID',
      `No node has the label ${productLabel}=${product}, because a value has at most ${longestValue} characters`,
      { hint: 'the strategy mixed has a resource for each size, and needs no label' },
    )
  return { limits: { [gpuResource]: count }, nodeSelector: { [productLabel]: product } }
}

function mixedRequest(device: string, count: number, model: string | undefined): PodRequest {
  if (isPart(device))
    throw new MigError(
      'MIG_STRATEGY_INVALID',
      `The device plugin has no resource for ${device}, a part of a GPU instance, with the strategy mixed`,
    )
  return {
    limits: { [migResource(device)]: count },
    nodeSelector: model === undefined ? {} : { [productLabel]: productOf(model) },
  }
}

/** The label of the model. It has the name as NVML writes it, which begins with NVIDIA today. A new model is not in the catalog. */
function productOf(model: string): string {
  const word = modelWord(model)
  const boards = listCatalogModels(model).flatMap(({ products }) => products)
  const names = [...new Set(boards.map(({ name }) => name))]
  const named = names.find((name) => modelWord(name) === word)
  // A key of the catalog stands for all of its boards.
  const [board, ...others] = named === undefined ? names : [named]
  const product = cleanValue(board ?? model)
  if (others.length === 0 && isLabelValue(product)) return product
  throw new TypeError(
    `podRequest: option model must be the name of one GPU, not ${JSON.stringify(model)}${others.length === 0 ? '' : `, which is ${names.join(' or ')}`}`,
  )
}
