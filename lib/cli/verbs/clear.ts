import { requestConfig } from '../../config/document/request.js'
import { applyConfig } from '../../machine/apply.js'
import { requestNames } from '../parse/config-input.js'
import { parseGpus } from '../parse/gpu-selectors.js'
import { required } from '../parse/option-values.js'
import { gpuOption, machineOptions, planOptions, runOptions, svgOption } from '../parse/options.js'
import { runSettings } from '../parse/settings.js'
import type { OptionSpec, Verb } from '../parse/verb.js'
import { svgFile } from '../print/machine.js'
import { runAndReport } from './apply.js'

const { 'mode-only': _, ...clearOptions } = planOptions

export const clearVerb: Verb = {
  usage: '--gpu GPU [--disable] [options]',
  options: {
    gpu: {
      ...(gpuOption['gpu'] as OptionSpec),
      help: 'the GPU, by index, UUID or PCI address; several with commas or the option again; or all',
    },
    disable: { type: 'boolean', help: 'turn MIG off as well; without it the MIG mode stays' },
    ...clearOptions,
    ...runOptions,
    ...svgOption,
    ...machineOptions,
  },
  async run(values, terminal) {
    const svg = await svgFile(values)
    const gpu = parseGpus(required(values, 'gpu'))
    const request =
      values['disable'] === true ? { gpu, migEnabled: false } : { gpu, migDevices: {} }
    const config = requestConfig(request, false, requestNames)
    const settings = await runSettings(values, terminal, {})
    return runAndReport(values, terminal, {
      svg,
      success: 'MIG instances removed successfully',
      run: (onEvent) => applyConfig(config, { ...settings, onEvent }),
    })
  },
}
