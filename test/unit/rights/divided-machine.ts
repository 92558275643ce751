import { openSession } from '../../../lib/driver/session.js'
import { createSimulatedMachine } from '../../../lib/simulator.js'
import type { SimulatedMachine, SimulatedMachineOptions } from '../../../types/simulator/machine.js'
import { createDevices } from '../../support/layouts.js'

/**
 * Three GPUs with MIG on: seven 1g.5gb; a 2c in a 3g.20gb, beside a 1g.5gb without a compute instance; nothing.
 */
export async function divideMachine(
  options: SimulatedMachineOptions = {},
): Promise<SimulatedMachine> {
  const machine = createSimulatedMachine('3x A100-SXM4-40GB +mig', options)
  await using session = await openSession({ library: machine.library })
  const [first, second] = (await session.readListedState()).gpus.map(({ uuid }) => uuid)
  if (first === undefined || second === undefined) throw new Error('three GPUs were asked for')
  await createDevices(session, first, Array(7).fill('1g.5gb'))
  const half = await session.createGpuInstance(second, 9, null)
  await session.createComputeInstance(second, half.id, 1, null)
  await session.createGpuInstance(second, 19, null)
  return machine
}
