import type { NodeLabelOptions } from '../../types/kubernetes/labels.js'
import type { MigState } from '../../types/model/state.js'
import { type Labels, under } from './label-values.js'

/** The driver and CUDA, under their names and those of earlier releases. */
export function versionLabels(
  { driverVersion }: Pick<MigState, 'driverVersion'>,
  { cudaVersion }: Pick<NodeLabelOptions, 'cudaVersion'>,
): Labels {
  const [major = '', minor = '', revision = ''] = driverVersion.split('.')
  return {
    ...under('cuda.driver-version', { full: driverVersion, major, minor, revision }),
    ...under('cuda.driver', { major, minor, rev: revision }),
    ...(cudaVersion === undefined ? {} : runtimeLabels(cudaVersion)),
  }
}

function runtimeLabels(cudaVersion: string): Labels {
  const [major = '', minor = ''] = cudaVersion.split('.')
  return {
    ...under('cuda.runtime-version', { full: cudaVersion, major, minor }),
    ...under('cuda.runtime', { major, minor }),
  }
}
