import type { MigConfigInput } from '../../types/config/config.js'
import type { PlanOptions } from '../../types/machine/options.js'
import type { MigPlan } from '../../types/machine/plan.js'
import { parseConfig } from '../config/document/parse.js'
import { selectConfig } from '../config/document/select.js'
import { applyOperation, withOperation } from './operation/operation.js'
import { readAndPlan } from './operation/read-and-plan.js'
import { configRequest } from './operation/request.js'

export async function planMigConfig(
  input: MigConfigInput,
  options: PlanOptions = {},
): Promise<MigPlan> {
  const request = configRequest(selectConfig(parseConfig(input, options), options.config), options)
  return withOperation(options, async (operation) => {
    const { plan } = await readAndPlan(applyOperation(operation, request, options))
    return plan
  })
}
