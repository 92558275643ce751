/** The GPUs of mig-gpus.json, each with what is assumed of it, and `assumed`: the names of those fields. */
export function withAssumedFacts<Gpu extends { readonly key: string }>(
  gpus: readonly Gpu[],
  assumed: readonly {
    readonly key: string
    readonly assumptions: readonly { readonly field: string }[]
    readonly values: object
  }[],
): readonly (Gpu & { readonly assumed: readonly string[] })[]
