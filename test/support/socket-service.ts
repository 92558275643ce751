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
