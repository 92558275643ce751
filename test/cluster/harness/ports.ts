import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'

/** Ports of the loopback interface that nobody uses at this moment. */
export async function freePorts(count: number): Promise<readonly number[]> {
  const servers: Server[] = []
  for (let index = 0; index < count; index++) {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    servers.push(server)
  }
  const ports = servers.map((server) => (server.address() as AddressInfo).port)
  for (const server of servers) {
    server.close()
    await once(server, 'close')
  }
  return ports
}
