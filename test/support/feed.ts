import type { ChildProcess } from 'node:child_process'

/** Gives a program its whole input. One that ends without reading it is no failure: its status and its words say why it ended. */
export function feed({ stdin }: ChildProcess, input: string): void {
  stdin?.on('error', () => {})
  stdin?.end(input)
}
