import type { MigConfigInput } from '../../types/config/config.js'
import type { MigRequest } from '../../types/config/request.js'
import type { PlanOptions } from '../../types/machine/options.js'
import type { MigPlan } from '../../types/machine/plan.js'
import { readInput } from '../config/document/read-input.js'
import { applyOperation, withOperation } from './operation/operation.js'
import { readAndPlan } from './operation/read-and-plan.js'
import { configRequest } from './operation/request.js'

export async function planMigConfig(
  input: MigConfigInput | MigRequest,
  options: PlanOptions = {},
): Promise<MigPlan> {
  const request = configRequest(await readInput(input, options), options)
  return withOperation(options, async (operation) => {
    const { plan } = await readAndPlan(applyOperation(operation, request, options))
    return plan
  })
}
