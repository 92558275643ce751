import type * as Grpc from '@grpc/grpc-js'
import type { ServiceClientConstructor } from '@grpc/grpc-js'
import { MigError } from '../../errors.js'
import type { PackageMessages } from './messages/descriptor.js'

/** The packages for gRPC, with the services of these messages. */
export interface LoadedGrpc {
  readonly grpc: typeof Grpc
  /** By name: `Registration`. */
  service(name: string): ServiceClientConstructor
}

/** @throws MigError `MIG_PACKAGE_MISSING`: the optional packages are not installed. */
export async function loadGrpc(messages: PackageMessages): Promise<LoadedGrpc> {
  const [grpc, loader] = await importPackages()
  const definition = loader.fromJSON(messages as never, {
    longs: Number,
    defaults: true,
    arrays: true,
    objects: true,
  })
  const [name = ''] = Object.keys(messages.nested)
  const declared = name
    .split('.')
    .reduce(
      (folder, part) => folder[part] as Grpc.GrpcObject,
      grpc.loadPackageDefinition(definition),
    )
  return { grpc, service: (of) => declared[of] as ServiceClientConstructor }
}

type Packages = [typeof Grpc, typeof import('@grpc/proto-loader')]

async function importPackages(): Promise<Packages> {
  try {
    return await Promise.all([import('@grpc/grpc-js'), import('@grpc/proto-loader')])
  } catch (cause) {
    throw new MigError(
      'MIG_PACKAGE_MISSING',
      'the sockets of the kubelet need the packages @grpc/grpc-js and @grpc/proto-loader',
      { cause, hint: 'npm install @grpc/grpc-js @grpc/proto-loader' },
    )
  }
}
