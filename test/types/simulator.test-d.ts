import { expectError, expectType } from 'tsd'
import type { LibraryRef } from '../../dist/index.js'
import {
  createSimulatedMachine,
  deleteSimulatedMachine,
  listSimulatedModels,
  openSimulatedMachine,
  type SimulatedCall,
  type SimulatedHost,
  type SimulatedJournalEntry,
  simulatorFolder,
  writeRootTree,
} from '../../dist/simulator.js'

const machine = createSimulatedMachine([{ model: 'A30', count: 2 }, { model: 'T4' }], { seed: 7 })
expectType<LibraryRef>(machine.library)
expectType<readonly SimulatedCall[]>(machine.journal())
expectType<readonly SimulatedJournalEntry[]>(machine.journal({ control: true }))
expectType<string>(simulatorFolder({ driver: 'R470' }))
expectType<SimulatedHost>(machine.describe().host)
createSimulatedMachine('A30', { host: 'pcie-pairs' })
expectType<void>(writeRootTree(machine, 'root'))
expectType<void>(deleteSimulatedMachine('store'))
expectError(deleteSimulatedMachine(machine))

expectError(createSimulatedMachine())
expectError(createSimulatedMachine(8))
expectError(createSimulatedMachine([{ count: 2 }]))
expectError(createSimulatedMachine([{ model: 'A30', mig: true }]))
expectError(createSimulatedMachine('A30', { resetPolicy: 'never' }))
expectError(createSimulatedMachine('A30', { privileges: 'root' }))
expectError(createSimulatedMachine('A30', { driver: 580 }))
expectError(createSimulatedMachine('A30', { host: 'dgx' }))
expectError(createSimulatedMachine('A30', { path: 'a30.store' }))
expectError(openSimulatedMachine())
expectError(openSimulatedMachine({ store: 'a30.store' }))
expectError(simulatorFolder('R470'))
expectError(writeRootTree('root', machine))

expectError(machine.addProcess({ gpu: 0 }))
expectError(machine.addProcess({ pid: 1, gpu: 0, kind: 'cuda' }))
expectError(machine.addProcess({ pid: 1, gpu: machine.describe().gpus[0]?.uuid ?? '' }))
expectError(machine.loseGpu())
expectError(machine.fail({ error: 'NVML_ERROR_IN_USE' }))
expectError(machine.fail({ fn: 'nvmlInit_v2', hang: 10 }))
expectError(machine.setLatency('b200'))
expectError(machine.setLatency({ fn: 'nvmlInit_v2', ms: 1 }))
expectError(machine.setPrivileges('root'))
expectError(machine.setResetPolicy('auto'))
expectError(machine.describe().gpus.pop())
expectError(listSimulatedModels().sort())
// biome-ignore lint/suspicious/noAssignInExpressions: the assignment is what must not compile
expectError((machine.env = {}))
