import { close, constants, fstat, open, read } from 'node:fs'
import { Socket } from 'node:net'
import { addAbortSignal, type Readable } from 'node:stream'
import { isatty, ReadStream } from 'node:tty'
import { promisify } from 'node:util'
import { abortedError, MigError } from '../errors.js'
import { type DocumentKind, mostTextBytes } from '../model/document-text.js'
import { fileError, isFailedCall } from './file-error.js'

const chunkBytes = 2 ** 16

/**
 * The text of a file, also of a FIFO or a terminal. The limits are the length of a document, and the signal.
 * Rejects with the system's error if the file cannot be read, and with the error of `kind` if the content is
 * too long or not text.
 */
export async function readTextFile(
  file: string | URL,
  kind: DocumentKind,
  signal?: AbortSignal,
): Promise<string> {
  throwIfAborted(signal)
  // A thread that waits for the other end of a FIFO would keep the process from ending.
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOCTTY
  const fd = await promisify(open)(file, flags).catch((error: unknown) => {
    throw unreadable(error, kind, file)
  })
  const stream = await streamOf(fd).catch(async (error: unknown) => {
    await promisify(close)(fd)
    throw error
  })
  if (stream !== null) return readTextStream(stream, kind, signal)
  try {
    return decode(await readAll(fd, kind, signal), kind)
  } catch (error) {
    throw unreadable(error, kind, file)
  } finally {
    await promisify(close)(fd)
  }
}

/** The text of a stream, which is destroyed at the end. */
export async function readTextStream(
  stream: Readable,
  kind: DocumentKind,
  signal?: AbortSignal,
): Promise<string> {
  // Even for an aborted signal: an open stream keeps the process from ending.
  if (signal !== undefined) addAbortSignal(signal, stream)
  const chunks: Buffer[] = []
  let total = 0
  try {
    for await (const chunk of stream) {
      const bytes = Buffer.from(chunk)
      chunks.push(bytes)
      total += bytes.length
      refuseLong(total, kind)
    }
  } catch (error) {
    throwIfAborted(signal)
    throw error
  }
  return decode(Buffer.concat(chunks), kind)
}

/** A stream for a file whose end another program decides. Null: the file can be read at once. */
async function streamOf(fd: number): Promise<Readable | null> {
  const stats = await promisify(fstat)(fd)
  if (stats.isFIFO()) return new Socket({ fd, readable: true, writable: false })
  return isatty(fd) ? new ReadStream(fd) : null
}

async function readAll(fd: number, kind: DocumentKind, signal?: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = []
  for (let total = 0; ; ) {
    throwIfAborted(signal)
    const buffer = Buffer.alloc(chunkBytes)
    const { bytesRead } = await promisify(read)(fd, buffer, 0, chunkBytes, null)
    if (bytesRead === 0) return Buffer.concat(chunks)
    chunks.push(buffer.subarray(0, bytesRead))
    total += bytesRead
    refuseLong(total, kind)
  }
}

function refuseLong(bytes: number, { code, subject }: DocumentKind): void {
  if (bytes <= mostTextBytes) return
  throw new MigError(code, `${subject} is longer than ${mostTextBytes / 2 ** 20} MiB`)
}

const marks: Readonly<Record<string, string>> = { feff: 'utf-16be', fffe: 'utf-16le' }

/** UTF-8, or what the byte order mark says, as YAML has it. */
function decode(bytes: Buffer, { code, subject }: DocumentKind): string {
  const encoding = marks[bytes.toString('hex', 0, 2)] ?? 'utf-8'
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch (cause) {
    throw new MigError(code, `${subject} is not text in ${encoding.toUpperCase()}`, { cause })
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedError(signal.reason, 'the operation')
}

/** Continues the subject, which begins a sentence: `cannot read the MIG configuration x.yaml: …`. */
function unreadable(error: unknown, { subject }: DocumentKind, file: string | URL): unknown {
  if (!isFailedCall(error)) return error
  const what = `cannot read ${subject.replace(/^The /, 'the ')}`
  return fileError(what, error, file)
}
