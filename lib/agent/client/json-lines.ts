import type { Readable } from 'node:stream'

/** The JSON values of a stream that has one in each line. A last line that is cut off counts as a broken stream. */
export async function* jsonLines(
  stream: Readable,
  onData: () => void,
): AsyncGenerator<unknown, void, undefined> {
  const decoder = new TextDecoder()
  let rest: string[] = []
  for await (const chunk of stream) {
    onData()
    const pieces = decoder.decode(chunk as Buffer, { stream: true }).split('\n')
    const last = pieces.pop() ?? ''
    for (const piece of pieces) {
      const line = [...rest, piece].join('')
      rest = []
      if (line.trim() !== '') yield JSON.parse(line) as unknown
    }
    if (last !== '') rest.push(last)
  }
  if (rest.join('').trim() !== '') throw new Error('its last line is cut off')
}
