import type { Column } from '../../fleet/program/linear-program.js'
import { sum } from '../../model/numbers.js'
import type { Cell, CellClass } from './cells.js'
import type { ClusterModel, FigureName } from './cluster-model.js'
import type { Effect } from './option-effects.js'
import { createDraft, type Entries, surplus } from './program-draft.js'

/** So many GPUs of a class change in one way. */
export interface OptionColumn {
  readonly column: number
  readonly cell: Cell
  readonly ofClass: CellClass
  readonly effect: Effect
}

/** So many of a demand go to a cell. */
export interface PlaceColumn {
  readonly column: number
  readonly cell: Cell
  readonly demand: number
}

/**
 * The program of a plan: how many GPUs of each class take which option, how many of each demand go to which cell or get nothing, and how
 * many nodes of each cell change. The rows are equations. The rows of the figures come first, in their order.
 */
export interface RebalanceProgram {
  /** Each node is a cell, and room counts. */
  readonly isFine: boolean
  readonly cells: readonly Cell[]
  readonly options: readonly OptionColumn[]
  readonly places: readonly PlaceColumn[]
  readonly columns: readonly Column[]
  /** The columns that have to be whole numbers come first; slack columns follow. */
  readonly wholeCount: number
  /** By figure. */
  readonly costs: readonly Float64Array[]
  readonly right: Float64Array
  /** Nothing changes, and nobody gets anything. */
  readonly startBasis: Int32Array
  readonly budgetRows: readonly number[]
  /** By cell and size. */
  readonly supplyRows: readonly (readonly number[])[]
}

export function buildProgram(
  cluster: ClusterModel,
  cells: readonly Cell[],
  { isFine, maxNodes }: { readonly isFine: boolean; readonly maxNodes: number },
): RebalanceProgram {
  const { figures, sizes, demands, budgets, mix } = cluster
  const draft = createDraft(figures.length)
  const { right, addRow, addColumn, start } = draft
  const figureOf = (name: FigureName['name']): number =>
    figures.findIndex((each) => each.name === name)
  const nodesFigure = figureOf('nodes')
  const roomFigure = figureOf('lostRoom')
  /** Adds to the most that a figure can come to. */
  const allow = (figure: number, amount: number): void => {
    right[figure] = (right[figure] ?? 0) + amount
  }
  const budgetRows = budgets.map(({ allowed }) => addRow(allowed))
  const supplyRows = cells.map(({ idle }) =>
    sizes.map((_, size) => {
      const row = addRow(-(idle[size] ?? 0))
      start(row, surplus)
      return row
    }),
  )
  const nodeColumns: Entries[] = cells.map(() => new Map([[nodesFigure, 1]]))
  // With many nodes, only the number of changed GPUs counts: a node has at most so many.
  const cellRows = cells.map(({ nodes }, cell) => {
    if (isFine) return -1
    const row = addRow(0)
    nodeColumns[cell]?.set(row, -Math.max(...nodes.map(({ gpus }) => gpus.length)))
    return row
  })

  const demandRows = demands.map(({ pods, figure, perNode }) => {
    if (perNode > 0) return -1
    const row = addRow(figure < 0 ? 0 : pods.length)
    if (figure < 0) start(row, surplus)
    return row
  })
  const options: OptionColumn[] = []
  for (const cell of cells) {
    for (const ofClass of cell.classes) {
      const count = ofClass.gpus.length
      const classRow = addRow(count)
      // One node has only so many GPUs of a class.
      const changeRow = addRow(0)
      nodeColumns[cell.number]?.set(changeRow, -ofClass.mostOnNode)
      for (const [position, effect] of ofClass.effects.entries()) {
        const { option, added, lostRoom } = effect
        const entries: Entries = new Map([
          [figureOf('evictions'), option.evicted.length],
          [figureOf('modeChanges'), option.modeCost],
          [figureOf('destroyed'), option.destroyed.length],
          [roomFigure, lostRoom],
          [classRow, 1],
          [changeRow, Number(option.changes)],
        ])
        const cellRow = cellRows[cell.number] ?? -1
        if (cellRow >= 0) entries.set(cellRow, Number(option.changes))
        for (const demand of option.moved) {
          raise(entries, demandRows[demand] ?? 0, -1)
          for (const budget of demands[demand]?.budgets ?? [])
            raise(entries, budgetRows[budget] ?? 0, 1)
        }
        for (const [size, amount] of added.entries())
          entries.set(supplyRows[cell.number]?.[size] ?? 0, amount)
        const column = addColumn(entries)
        options.push({ column, cell, ofClass, effect })
        if (position === 0) start(classRow, column)
      }
      const most = (of: (effect: Effect) => number): number =>
        count * Math.max(...ofClass.effects.map(of))
      allow(
        figureOf('evictions'),
        most(({ option }) => option.evicted.length),
      )
      allow(
        figureOf('modeChanges'),
        most(({ option }) => option.modeCost),
      )
      allow(
        figureOf('destroyed'),
        most(({ option }) => option.destroyed.length),
      )
      allow(
        roomFigure,
        most(({ lostRoom }) => lostRoom),
      )
    }
  }
  const places: PlaceColumn[] = []
  for (const { number: demand, devices, pods, perNode, figure } of demands) {
    const used = sum(devices.map((amount, size) => amount * (mix[size] ?? 0)))
    allow(roomFigure, pods.length * used)
    for (const cell of cells) {
      if (cell.admits[demand] !== true) continue
      let row = demandRows[demand] ?? -1
      if (perNode > 0) {
        const count = perNode * cell.nodes.length
        row = addRow(count)
        start(
          row,
          addColumn(
            new Map([
              [figure, 1],
              [row, 1],
            ]),
          ),
        )
        allow(figure, count)
      }
      const entries: Entries = new Map([[row, 1]])
      if (perNode === 0) entries.set(roomFigure, used)
      for (const [size, amount] of devices.entries())
        raise(entries, supplyRows[cell.number]?.[size] ?? 0, -amount)
      places.push({ column: addColumn(entries), cell, demand })
    }
    if (perNode > 0 || figure < 0) continue
    const row = demandRows[demand] ?? 0
    start(
      row,
      addColumn(
        new Map([
          [figure, 1],
          [row, 1],
        ]),
      ),
    )
    allow(figure, pods.length)
  }
  for (const entries of nodeColumns) addColumn(entries)
  const nodeCount = sum(cells.map(({ nodes }) => nodes.length))
  right[nodesFigure] = Math.min(maxNodes, nodeCount)
  const wholeCount = draft.columns.length
  const startBasis = draft.addSlacks()
  const costs = figures.map((_, figure) => {
    const list = new Float64Array(draft.columns.length)
    for (const [column, { rows, values }] of draft.columns.slice(0, wholeCount).entries()) {
      const at = rows.indexOf(figure)
      if (at >= 0) list[column] = values[at] ?? 0
    }
    return list
  })
  return {
    isFine,
    cells,
    options,
    places,
    columns: draft.columns,
    wholeCount,
    costs,
    right: Float64Array.from(right),
    startBasis,
    budgetRows,
    supplyRows,
  }
}

function raise(entries: Entries, row: number, by: number): void {
  entries.set(row, (entries.get(row) ?? 0) + by)
}
