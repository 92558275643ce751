import { rmSync } from 'node:fs'
import {
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type ServiceDefinition,
  type UntypedHandleCall,
} from '@grpc/grpc-js'

/** Answers with a message, or never (`null`), or with an error. */
export type RawMethod = (request: Buffer) => Buffer | Error | null

export interface SocketServer extends AsyncDisposable {
  close(): void
}

/** A gRPC service on a Unix socket. Messages are bytes, so that the test does not share the declarations of what it tests. */
export async function serveSocket(
  socket: string,
  service: string,
  methods: Readonly<Record<string, RawMethod>>,
): Promise<SocketServer> {
  rmSync(socket, { force: true })
  const same = (bytes: Buffer): Buffer => bytes
  const definition: Record<string, ServiceDefinition[string]> = {}
  const handlers: Record<string, UntypedHandleCall> = {}
  for (const [name, answer] of Object.entries(methods)) {
    definition[name] = {
      path: `/${service}/${name}`,
      requestStream: false,
      responseStream: false,
      requestSerialize: same,
      requestDeserialize: same,
      responseSerialize: same,
      responseDeserialize: same,
    }
    const handle: handleUnaryCall<Buffer, Buffer> = ({ request }, done) => {
      const response = answer(request)
      if (response instanceof Error) done(response)
      else if (response !== null) done(null, response)
    }
    handlers[name] = handle
  }
  const server = new Server()
  server.addService(definition, handlers)
  await new Promise<void>((resolve, reject) => {
    server.bindAsync(`unix:${socket}`, ServerCredentials.createInsecure(), (error) =>
      error === null ? resolve() : reject(error),
    )
  })
  const close = (): void => server.forceShutdown()
  return { close, [Symbol.asyncDispose]: async () => close() }
}

/** A protobuf message: fields with their numbers. Text and messages are length-delimited, numbers are varints. */
export function message(
  ...fields: readonly (readonly [id: number, value: string | number | Buffer])[]
): Buffer {
  return Buffer.concat(
    fields.flatMap(([id, value]) => {
      if (typeof value === 'number') return [varint(id << 3), varint(value)]
      const bytes = Buffer.from(value)
      return [varint((id << 3) | 2), varint(bytes.length), bytes]
    }),
  )
}

function varint(value: number): Buffer {
  const bytes: number[] = []
  let rest = value
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) | 128)
  return Buffer.from([...bytes, rest])
}

/** The fields of a message by their numbers, each with all of its values. */
export function fieldsOf(bytes: Buffer): ReadonlyMap<number, readonly (Buffer | number)[]> {
  const fields = new Map<number, (Buffer | number)[]>()
  for (let at = 0; at < bytes.length; ) {
    const key = readVarint(bytes, at)
    const value = readVarint(bytes, key.end)
    const isText = (key.value & 7) === 2
    const end = isText ? value.end + value.value : value.end
    const found = isText ? bytes.subarray(value.end, end) : value.value
    const id = key.value >> 3
    fields.set(id, [...(fields.get(id) ?? []), found])
    at = end
  }
  return fields
}

function readVarint(
  bytes: Buffer,
  start: number,
): { readonly value: number; readonly end: number } {
  let value = 0
  for (let at = start, factor = 1; ; at++, factor *= 128) {
    const byte = bytes[at] ?? 0
    value += (byte & 127) * factor
    if (byte < 128) return { value, end: at + 1 }
  }
}

/** The texts of one field. */
export function textsOf(bytes: Buffer, id: number): readonly string[] {
  return (fieldsOf(bytes).get(id) ?? []).map(String)
}

/** The messages of one field. */
export function messagesOf(bytes: Buffer, id: number): readonly Buffer[] {
  return (fieldsOf(bytes).get(id) ?? []).filter((value) => typeof value !== 'number')
}
