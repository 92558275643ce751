/** A field of a message. `rule` is absent for a single value; `keyType` makes it a map. */
export interface MessageField {
  readonly type: string
  readonly id: number
  readonly rule?: 'repeated'
  readonly keyType?: 'string'
}

/** The form of protobufjs. A field that is not declared here is skipped when it is read. */
export interface PackageMessages {
  readonly nested: Readonly<Record<string, { readonly nested: Readonly<Record<string, Declared>> }>>
}

type Declared =
  | { readonly fields: Readonly<Record<string, MessageField>> }
  | { readonly methods: Readonly<Record<string, ServiceMethod>> }

interface ServiceMethod {
  readonly requestType: string
  readonly responseType: string
  readonly responseStream?: true
}

export const text = (id: number): MessageField => ({ type: 'string', id })
export const flag = (id: number): MessageField => ({ type: 'bool', id })
export const one = (type: string, id: number): MessageField => ({ type, id })
export const many = (type: string, id: number): MessageField => ({ type, id, rule: 'repeated' })
