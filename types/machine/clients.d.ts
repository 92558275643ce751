/**
 * Which changes a client is stopped for.
 *
 * - `holding`: one that is not possible while a process of the client holds a GPU.
 * - `reset`: a change of a MIG mode that takes a reset of the GPU.
 * - `mode`: every change of a MIG mode.
 * - `change`: every change.
 */
export type ClientWhen = 'holding' | 'reset' | 'mode' | 'change'

/** Units that NVIDIA's and Kubernetes' packages install. */
export type ClientPresetName = 'persistenced' | 'fabricmanager' | 'dcgm' | 'nvsm' | 'kubelet'

/** A unit of systemd. */
export interface ClientUnit {
  /** `my-exporter.service` */
  readonly unit: string
  /** Default `holding`. */
  readonly when?: ClientWhen
}

/** A container that its engine starts and stops by name. */
export interface ClientContainer {
  readonly container: string
  /** The program of the engine. Default `docker`. */
  readonly runtime?: 'docker' | 'podman' | 'nerdctl'
  /** Default `holding`. */
  readonly when?: ClientWhen
}

/** Units under a common name. Those that do not exist do not matter. */
export interface ClientPreset {
  readonly preset: ClientPresetName
  /** Default `holding`. */
  readonly when?: ClientWhen
}

/** Clients in the order in which they are stopped. They are started again in the reverse order. */
export interface ClientsDocument {
  readonly version: 'v1'
  readonly clients: readonly (ClientUnit | ClientContainer | ClientPreset)[]
}

/** A document of clients as YAML or JSON text, or as an object. */
export type ClientsInput = string | ClientsDocument

/** One unit, or one container. */
export interface ClientIdentity {
  readonly kind: 'unit' | 'container'
  readonly name: string
  /** The program that stops and starts it: `systemctl`, `docker`. */
  readonly program: string
}

/** Emitted while clients are stopped and started. */
export type ClientEvent =
  | { readonly kind: 'client-stopped'; readonly client: ClientIdentity }
  | { readonly kind: 'client-started'; readonly client: ClientIdentity }
  | { readonly kind: 'client-failed'; readonly client: ClientIdentity; readonly error: Error }
